#include "base/json.h"
#include "base/utf8.h"

#include <assert.h>
#include <string.h>

static void
separate(struct json *j)
{
	if (j->comma)
		buf_char(j->to, ',');
	j->comma = true;
}

static void
begin(struct json *j, char open, char close)
{
	assert(j->depth < JSON_DEPTH);
	separate(j);
	buf_char(j->to, open);
	j->close[j->depth++] = close;
	j->comma = false;
}

void
json_object(struct json *j)
{
	begin(j, '{', '}');
}

void
json_array(struct json *j)
{
	begin(j, '[', ']');
}

void
json_end(struct json *j)
{
	assert(j->depth > 0);
	buf_char(j->to, j->close[--j->depth]);
	j->comma = true;
}

static void
quote(struct buf *b, const char *p, size_t n)
{
	const char *end = p + n;
	uint32_t code;
	size_t k;

	buf_char(b, '"');
	for (; p < end; p += k) {
		k = utf8_next(p, end, &code);
		if (!k) {
			buf_printf(b, "\\udc%02x", (unsigned char)*p);
			k = 1;
		} else if (code == '"' || code == '\\') {
			buf_char(b, '\\');
			buf_char(b, *p);
		} else if (code < 0x20 || code == 0x7f) {
			buf_printf(b, "\\u%04x", (unsigned)code);
		} else {
			buf_add(b, p, k);
		}
	}
	buf_char(b, '"');
}

void
json_key(struct json *j, const char *name)
{
	separate(j);
	quote(j->to, name, strlen(name));
	buf_char(j->to, ':');
	j->comma = false;
}

void
json_text_n(struct json *j, const char *s, size_t n)
{
	separate(j);
	quote(j->to, s, n);
}

void
json_text(struct json *j, const char *s)
{
	if (s)
		json_text_n(j, s, strlen(s));
	else
		json_null(j);
}

void
json_number(struct json *j, uint64_t v)
{
	separate(j);
	buf_printf(j->to, "%llu", (unsigned long long)v);
}

void
json_bool(struct json *j, bool v)
{
	separate(j);
	buf_str(j->to, v ? "true" : "false");
}

void
json_null(struct json *j)
{
	separate(j);
	buf_str(j->to, "null");
}
