#include "base/buf.h"
#include "base/mem.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *
buf_more(struct buf *b, size_t n)
{
	void *p;

	if (!b->p || b->cap - b->len < n) {
		b->cap = b->cap * 2 > b->len + n ? b->cap * 2 : b->len + n + 64;
		b->p = mem_grow(b->p, b->cap, 1);
	}
	p = b->p + b->len;
	b->len += n;
	return p;
}

void
buf_add(struct buf *b, const void *p, size_t n)
{
	if (n)
		memcpy(buf_more(b, n), p, n);
}

void
buf_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_char(struct buf *b, char c)
{
	*(char *)buf_more(b, 1) = c;
}

void
buf_u16(struct buf *b, uint16_t v)
{
	buf_add(b, &v, sizeof v);
}

void
buf_u32(struct buf *b, uint32_t v)
{
	buf_add(b, &v, sizeof v);
}

void
buf_u64(struct buf *b, uint64_t v)
{
	buf_add(b, &v, sizeof v);
}

void
buf_zero(struct buf *b, size_t n)
{
	memset(buf_more(b, n), 0, n);
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	buf_more(b, (size_t)n + 1);
	b->len -= (size_t)n + 1;
	va_start(ap, fmt);
	vsnprintf(b->p + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
}

void
buf_free(struct buf *b)
{
	free(b->p);
	memset(b, 0, sizeof *b);
}

const void *
cur_skip(struct cur *c, size_t n)
{
	const void *p = c->p;

	if (c->bad || (size_t)(c->end - c->p) < n) {
		c->bad = true;
		return NULL;
	}
	c->p += n;
	return p;
}

uint8_t
cur_u8(struct cur *c)
{
	const unsigned char *p = cur_skip(c, 1);

	return p ? *p : 0;
}

uint16_t
cur_u16(struct cur *c)
{
	const void *p = cur_skip(c, 2);
	uint16_t v = 0;

	if (p)
		memcpy(&v, p, sizeof v);
	return c->swap ? __builtin_bswap16(v) : v;
}

uint32_t
cur_u32(struct cur *c)
{
	const void *p = cur_skip(c, 4);
	uint32_t v = 0;

	if (p)
		memcpy(&v, p, sizeof v);
	return c->swap ? __builtin_bswap32(v) : v;
}

uint64_t
cur_u64(struct cur *c)
{
	const void *p = cur_skip(c, 8);
	uint64_t v = 0;

	if (p)
		memcpy(&v, p, sizeof v);
	return c->swap ? __builtin_bswap64(v) : v;
}

const char *
cur_str(struct cur *c, size_t *len)
{
	const char *s = (const char *)c->p;
	size_t n;

	n = c->bad ? 0 : strnlen(s, (size_t)(c->end - c->p));
	if (!cur_skip(c, n + 1))
		return NULL;
	if (len)
		*len = n;
	return s;
}

int
write_all(int fd, const void *p, size_t n)
{
	const char *s = p;
	ssize_t k;

	while (n) {
		k = write(fd, s, n);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return -1;
		s += k;
		n -= (size_t)k;
	}
	return 0;
}
