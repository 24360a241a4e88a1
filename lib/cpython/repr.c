#include "cpython/repr.h"
#include "base/utf8.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Whether repr() prints a character beyond ASCII as it is: not controls, separators, formats,
 * surrogates, private use. Unassigned ones, which no list of ours could keep up with, count as
 * printable.
 */
static bool
is_printable(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} not [] = {
	    {0x7f, 0xa0},       {0xad, 0xad},       {0x600, 0x605},        {0x61c, 0x61c},
	    {0x6dd, 0x6dd},     {0x70f, 0x70f},     {0x1680, 0x1680},      {0x180e, 0x180e},
	    {0x2000, 0x200f},   {0x2028, 0x202f},   {0x205f, 0x206f},      {0x3000, 0x3000},
	    {0xd800, 0xf8ff},   {0xfeff, 0xfeff},   {0xfff0, 0xfffb},      {0xfffe, 0xffff},
	    {0x1d173, 0x1d17a}, {0xe0000, 0xe00ff}, {0xe01f0, UINT32_MAX},
	};
	size_t i;

	for (i = 0; i < sizeof not / sizeof *not ; i++) {
		if (c >= not [i].first && c <= not [i].last)
			return false;
	}
	return c >= 0x20;
}

void
repr_char(struct buf *to, uint32_t c, char quote, uint32_t limit)
{
	const char *plain = c < 0x80 ? memchr("\t\n\r\\", (int)c, 4) : NULL;
	char utf8[4];

	if ((quote && c == (unsigned char)quote) || plain) {
		buf_char(to, '\\');
		buf_char(to, plain ? "tnr\\"[strcspn("\t\n\r\\", (char[]){(char)c, 0})] : quote);
	} else if (c < limit && is_printable(c)) {
		buf_add(to, utf8, utf8_put(c, utf8));
	} else {
		buf_printf(to, c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x", c);
	}
}

void
repr_text(struct buf *to, const uint32_t *c, size_t n, uint32_t limit)
{
	bool one = false, two = false;
	char quote;
	size_t i;

	for (i = 0; i < n; i++) {
		one |= c[i] == '\'';
		two |= c[i] == '"';
	}
	quote = one && !two ? '"' : '\'';
	buf_char(to, quote);
	for (i = 0; i < n; i++)
		repr_char(to, c[i], quote, limit);
	buf_char(to, quote);
}

/* Divides the n 30-bit digits by 10^9; the remainder. */
static uint32_t
divide(uint32_t *digits, size_t n)
{
	uint64_t rest = 0;

	while (n-- > 0) {
		rest = rest << 30 | digits[n];
		digits[n] = (uint32_t)(rest / 1000000000);
		rest %= 1000000000;
	}
	return (uint32_t)rest;
}

void
repr_digits(struct buf *to, uint32_t *digits, size_t n)
{
	uint32_t groups[REPR_DIGITS + 2];
	size_t k = 0;

	while (n && !digits[n - 1])
		n--;
	do {
		groups[k++] = divide(digits, n);
		while (n && !digits[n - 1])
			n--;
	} while (n && k < sizeof groups / sizeof *groups);
	buf_printf(to, "%u", groups[--k]);
	while (k-- > 0)
		buf_printf(to, "%09u", groups[k]);
}

void
repr_double(struct buf *to, double v, bool point)
{
	char digits[40], *e;
	int precision, exponent;

	if (!isfinite(v)) {
		buf_str(to, isnan(v) ? "nan" : v < 0 ? "-inf" : "inf");
		return;
	}
	for (precision = 0; precision < 17; precision++) {
		snprintf(digits, sizeof digits, "%.*e", precision, v);
		if (strtod(digits, NULL) == v)
			break;
	}
	e = strchr(digits, 'e');
	exponent = atoi(e + 1);
	if (exponent >= -4 && exponent < 16) {
		buf_printf(to, "%.*f", precision > exponent ? precision - exponent : 0, v);
		if (precision <= exponent && point)
			buf_str(to, ".0");
	} else {
		buf_str(to, digits);
	}
}
