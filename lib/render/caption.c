#include "render/caption.h"
#include "base/table.h"
#include "base/utf8.h"

#include <ctype.h>
#include <string.h>

static bool
ends_with(const char *p, size_t len, const char *tail)
{
	size_t n = strlen(tail);

	return len >= n && !memcmp(p + len - n, tail, n);
}

static bool
holds(const char *p, size_t len, const char *what)
{
	return memmem(p, len, what, strlen(what));
}

static size_t
digits(const char *p, size_t len)
{
	size_t n = 0;

	while (n < len && isdigit((unsigned char)p[n]))
		n++;
	return n;
}

size_t
caption_place(const char *text, size_t len)
{
	const char *p = memmem(text, len, " (", 2);

	return p && p > text && ends_with(text, len, ")") ? (size_t)(p - text) : len;
}

/* python3.11/, python3.13t/ */
static bool
is_python_dir(const char *p, const char *end)
{
	static const char python[] = "python";
	size_t n;

	if ((size_t)(end - p) < sizeof python || memcmp(p, python, sizeof python - 1))
		return false;
	p += sizeof python - 1;
	n = digits(p, (size_t)(end - p));
	p += n;
	if (!n || p == end || *p++ != '.')
		return false;
	n = digits(p, (size_t)(end - p));
	p += n;
	if (n && p < end && *p == 't')
		p++;
	return n && p < end && *p == '/';
}

/* Below lib/pythonX.Y or lib64/pythonX.Y. */
static bool
in_stdlib(const char *p, size_t len)
{
	const char *end = p + len;

	while ((p = memmem(p, (size_t)(end - p), "lib", 3))) {
		p += 3;
		if (end - p > 2 && !memcmp(p, "64", 2))
			p += 2;
		if (p < end && *p == '/' && is_python_dir(p + 1, end))
			return true;
	}
	return false;
}

/* `comm (pid)`, `thread (tid): name`, `[remark]` */
static bool
is_context(const char *p, size_t len, size_t place)
{
	static const char thread[] = "thread (";
	const size_t t = sizeof thread - 1;
	size_t n;

	if (len > 1 && p[0] == '[' && p[len - 1] == ']')
		return true;
	if (len > t && !memcmp(p, thread, t)) {
		n = digits(p + t, len - t);
		if (n && t + n < len && p[t + n] == ')')
			return true;
	}
	if (len - place < 4)
		return false;
	n = digits(p + place + 2, len - place - 2);
	return n && place + n + 3 == len;
}

enum kind
caption_kind(const char *label, size_t len)
{
	size_t place = caption_place(label, len);
	const char *file = place < len ? label + place : label;
	size_t n = place < len ? len - place : len;

	if (is_context(label, len, place))
		return KIND_CONTEXT;
	if ((ends_with(label, len, "])") && holds(label, len, " ([")) ||
	    ends_with(label, len, "_[k]"))
		return KIND_NATIVE;
	if (holds(file, n, "site-packages/") || holds(file, n, "dist-packages/"))
		return KIND_SITE;
	if (in_stdlib(file, n) || holds(file, n, "<frozen "))
		return KIND_STD;
	return KIND_APP;
}

uint64_t
caption_hash(const char *label, size_t len)
{
	size_t n = len;

	if (ends_with(label, len, ")")) {
		for (n--; n && isdigit((unsigned char)label[n - 1]); n--)
			;
		if (!n || label[n - 1] != ':')
			n = len;
	}
	return hash_mix(hash_bytes(HASH_START, label, n));
}

/* Not to be shown as they are: controls, what turns the direction of text, line ends, no characters
 * of XML. */
static bool
is_hidden(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || c == 0x200e || c == 0x200f ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff ||
	       c == 0xfffe || c == 0xffff;
}

void
caption_text(struct buf *b, const char *label, size_t len)
{
	const char *end = label + len;
	uint32_t c;
	size_t n;

	for (; label < end; label += n ? n : 1) {
		n = utf8_next(label, end, &c);
		if (!n)
			buf_printf(b, "\\x%02x", (unsigned char)*label);
		else if (is_hidden(c))
			buf_printf(b, c < 0x80 ? "\\x%02x" : "\\u%04x", (unsigned)c);
		else
			buf_add(b, label, n);
	}
}

void
caption_xml(struct buf *b, const char *text, size_t len)
{
	const char *end = text + len, *plain = text;
	const char *as;

	for (; text < end; text++) {
		as = *text == '&'    ? "&amp;"
		     : *text == '<'  ? "&lt;"
		     : *text == '>'  ? "&gt;"
		     : *text == '"'  ? "&quot;"
		     : *text == '\'' ? "&#39;"
		                     : NULL;
		if (!as)
			continue;
		buf_add(b, plain, (size_t)(text - plain));
		buf_str(b, as);
		plain = text + 1;
	}
	buf_add(b, plain, (size_t)(end - plain));
}

/* Advance widths of ASCII from the space up in 1/1000 em: the wider of DejaVu Sans and Verdana. */
static const short ascii_width[] = {
    352,  401, 460, 838, 636, 1076, 780, 275, 454, 454, 636, 838, 364, 454, 364, 454,
    636,  636, 636, 636, 636, 636,  636, 636, 636, 636, 454, 454, 838, 838, 838, 545,
    1000, 684, 686, 698, 771, 632,  575, 775, 752, 421, 455, 693, 557, 863, 748, 787,
    603,  787, 695, 684, 616, 732,  684, 989, 685, 615, 685, 454, 454, 454, 838, 636,
    636,  613, 635, 550, 635, 615,  352, 635, 634, 278, 344, 592, 278, 974, 634, 612,
    635,  635, 427, 521, 394, 634,  592, 818, 592, 592, 525, 636, 454, 636, 838};

static double
char_width(uint32_t c)
{
	if (c >= 0x20 && c < 0x7f)
		return ascii_width[c - 0x20] / 1000.;
	return c >= 0x1f000 ? 1.4 : 1;
}

double
caption_width(const char *text, size_t len)
{
	const char *p = text, *end = text + len;
	double w = 0;
	uint32_t c;
	size_t n;

	for (; p < end; p += n) {
		n = utf8_next(p, end, &c);
		if (!n)
			break;
		w += char_width(c);
	}
	return w;
}

size_t
caption_fit(const char *text, size_t len, double room, bool *cut)
{
	const char *p = text, *end = text + len;
	size_t n, fits = 0, chars = 0;
	double w = 0;
	uint32_t c;

	for (*cut = false; p < end; p += n, chars++) {
		n = utf8_next(p, end, &c);
		if (w + char_width(0x2026) <= room)
			fits = (size_t)(p - text);
		if (!n)
			break;
		w += char_width(c);
		if (w > room)
			break;
	}
	if (p == end)
		return len;
	*cut = true;
	while (fits && (text[fits - 1] == ' ' || text[fits - 1] == '('))
		fits--;
	return fits < 2 ? 0 : fits;
}
