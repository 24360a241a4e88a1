#include "stream/source.h"
#include "stream/wire.h"
#include "stream/zstd.h"
#include "base/mem.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RAW_SIZE = 256 * 1024, OUT_SIZE = 256 * 1024, HEAD = 8 };

/* Bytes at[0] up to at[1] of p wait; both buffers hold some records of the largest size. */
struct window {
	unsigned char *p;
	size_t from, to, size;
};

struct source {
	int fd;
	char *name;
	bool swap, eof;
	struct window raw, out;
	uint64_t base; /* offset of raw.p[0] in the input */
	uint64_t at;   /* offset of the newest plain record */
	uint64_t skip; /* bytes of a payload still to pass over */
	/* The COMPRESSED record that is being unpacked. */
	struct zunpack *z;
	const void *packed; /* in raw: read no more of it until this is done */
	size_t npacked;
	bool more;         /* unpacking it may give more */
	bool inside;       /* the newest record came from it... */
	uint64_t out_at;   /* ...where it begins in all that was unpacked */
	uint64_t out_base; /* the place of out.p[0] there */
};

struct source *
source_new(void)
{
	struct source *s = mem_new(1, sizeof *s);

	s->raw.size = RAW_SIZE;
	s->raw.p = mem_grow(NULL, RAW_SIZE, 1);
	s->out.size = OUT_SIZE;
	s->fd = -1;
	return s;
}

void
source_free(struct source *s)
{
	if (!s)
		return;
	free(s->name);
	free(s->raw.p);
	free(s->out.p);
	zunpack_free(s->z);
	free(s);
}

bool
source_swap(const struct source *s)
{
	return s->swap;
}

uint64_t
source_offset(const struct source *s)
{
	return s->base + s->raw.from;
}

int
source_bad(const struct source *s, const char *fmt, ...)
{
	char why[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof why, fmt, ap);
	va_end(ap);
	if (s->inside)
		return err_set("%s: offset %llu (compressed; byte %llu of the content): %s",
		               s->name, (unsigned long long)s->at, (unsigned long long)s->out_at,
		               why);
	return err_set("%s: offset %llu: %s", s->name, (unsigned long long)s->at, why);
}

static size_t
held(const struct window *w)
{
	return w->to - w->from;
}

/* Moves what waits to the front. */
static void
compact(struct window *w, uint64_t *base)
{
	*base += w->from;
	memmove(w->p, w->p + w->from, held(w));
	w->to -= w->from;
	w->from = 0;
}

/* Reads once more. 1, 0 at the end of the input, -1 with err. */
static int
raw_more(struct source *s)
{
	struct window *w = &s->raw;
	ssize_t n;

	if (s->eof)
		return 0;
	if (w->size - w->from < WIRE_RECORD_MAX + HEAD)
		compact(w, &s->base);
	do {
		n = read(s->fd, w->p + w->to, w->size - w->to);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_sys("%s: offset %llu: read", s->name,
		               (unsigned long long)(s->base + w->to));
	s->eof = n == 0;
	w->to += (size_t)n;
	return n > 0;
}

/* Waits until n bytes are there. 1, 0 at the end of the input, -1 with err. */
static int
raw_need(struct source *s, size_t n)
{
	int rc;

	while (held(&s->raw) < n) {
		rc = raw_more(s);
		if (rc <= 0)
			return rc;
	}
	return 1;
}

/* Passes over a payload. 1, or -1 with err. */
static int
raw_skip(struct source *s)
{
	size_t n;
	int rc;

	while (s->skip) {
		rc = raw_need(s, 1);
		if (rc < 0)
			return rc;
		if (!rc)
			return source_bad(s, "truncated: %llu bytes of its payload are missing",
			                  (unsigned long long)s->skip);
		n = held(&s->raw);
		if (n > s->skip)
			n = (size_t)s->skip;
		s->raw.from += n;
		s->skip -= n;
	}
	return 1;
}

/* Takes the 16 bytes of a header; true when they are one. */
static bool
take_header(struct source *s)
{
	struct cur c = {.p = s->raw.p + s->raw.from, .end = s->raw.p + s->raw.to};
	const char *magic = cur_skip(&c, 8);

	if (!magic)
		return false;
	if (memcmp(magic, WIRE_MAGIC, 8) && memcmp(magic, WIRE_MAGIC_OTHER, 8))
		return false;
	c.swap = memcmp(magic, WIRE_MAGIC, 8) != 0;
	if (cur_u64(&c) != WIRE_HEADER || c.bad)
		return false;
	s->swap = c.swap;
	s->raw.from += WIRE_HEADER;
	return true;
}

static int
not_a_stream(struct source *s)
{
	const unsigned char *p = s->raw.p + s->raw.from;
	size_t n = held(&s->raw);

	if (!n)
		return err_set("%s: empty, not a stream (did what should have written it fail?)",
		               s->name);
	if (n < WIRE_HEADER && !memcmp(p, WIRE_MAGIC, n < 8 ? n : 8))
		return err_set("%s: offset %zu: truncated in the header", s->name, n);
	if (n >= 8 && (!memcmp(p, WIRE_MAGIC, 8) || !memcmp(p, WIRE_MAGIC_OTHER, 8)))
		return err_set("%s: a perf.data file, not a stream (make one with: perf inject -i "
		               "%s -o - | ...)",
		               s->name, s->name);
	return err_set("%s: offset 0: not a stream of pystream(5) or of perf record -o -", s->name);
}

int
source_open(struct source *s, int fd, const char *name)
{
	int rc;

	free(s->name);
	s->name = mem_grow(NULL, strlen(name) + 1, 1);
	strcpy(s->name, name);
	s->fd = fd;
	s->eof = s->more = s->inside = false;
	s->raw.from = s->raw.to = s->out.from = s->out.to = 0;
	s->base = s->at = s->skip = s->out_base = 0;
	if (s->z)
		zunpack_reset(s->z);
	rc = raw_need(s, WIRE_HEADER);
	if (rc < 0)
		return rc;
	return take_header(s) ? 0 : not_a_stream(s);
}

/* The header of the record at p. -1 when its size cannot be. */
static int
parse_head(const struct source *s, const unsigned char *p, struct record *r)
{
	struct cur c = {.p = p, .end = p + HEAD, .swap = s->swap};

	r->p = p;
	r->type = cur_u32(&c);
	r->misc = cur_u16(&c);
	r->size = cur_u16(&c);
	if (r->size < HEAD)
		return source_bad(s, "a record of type %u with the impossible size %u", r->type,
		                  r->size);
	return 0;
}

static int
truncated(const struct source *s, const struct record *r, size_t have)
{
	return source_bad(s, "truncated record (type %u: %u bytes, %zu of them there)", r->type,
	                  r->size, have);
}

/* A whole plain record, or a header. As source_next(). */
static int
raw_record(struct source *s, struct record *r)
{
	int rc;

	s->inside = false;
	s->at = source_offset(s);
	rc = raw_need(s, HEAD);
	if (rc < 0 || (!rc && !held(&s->raw)))
		return rc;
	if (!rc)
		return source_bad(s, "truncated record (%zu bytes of its header)", held(&s->raw));
	if (!memcmp(s->raw.p + s->raw.from, WIRE_MAGIC, 8) ||
	    !memcmp(s->raw.p + s->raw.from, WIRE_MAGIC_OTHER, 8)) {
		rc = raw_need(s, WIRE_HEADER);
		if (rc < 0)
			return rc;
		return take_header(s) ? SOURCE_HEADER
		                      : source_bad(s, "the header of a stream in mid-stream, cut "
		                                      "or of a perf.data file");
	}
	if (parse_head(s, s->raw.p + s->raw.from, r) < 0)
		return -1;
	rc = raw_need(s, r->size);
	if (rc < 0)
		return rc;
	if (!rc)
		return truncated(s, r, held(&s->raw));
	r->p = s->raw.p + s->raw.from;
	s->raw.from += r->size;
	return SOURCE_RECORD;
}

/* The feature that says how a stream is compressed begins one: what was packed before is over. */
static bool
begins_packed(const struct source *s, const struct record *r)
{
	struct cur c = {.p = r->p + HEAD, .end = r->p + r->size, .swap = s->swap};

	return r->type == REC_FEATURE && cur_u64(&c) == FEAT_COMPRESSED;
}

/* What stands behind the record and is not a record. */
static int
payload(struct source *s, const struct record *r)
{
	struct cur c = {.p = r->p + HEAD, .end = r->p + r->size, .swap = s->swap};

	if (r->type == REC_TRACING_DATA)
		s->skip = cur_u32(&c);
	else if (r->type == REC_AUXTRACE)
		s->skip = cur_u64(&c);
	if (c.bad)
		return source_bad(s, "a record of type %u too short for its length", r->type);
	return raw_skip(s);
}

/* Begins to unpack a COMPRESSED record. */
static int
packed(struct source *s, const struct record *r)
{
	struct cur c = {.p = r->p + HEAD, .end = r->p + r->size, .swap = s->swap};
	uint64_t n = (uint64_t)(r->size - HEAD);

	if (r->type == REC_COMPRESSED2) {
		n = cur_u64(&c);
		if (c.bad || n > (uint64_t)(c.end - c.p))
			return source_bad(s, "compressed data longer than its record");
	}
	if (!s->z) {
		s->z = zunpack_new();
		s->out.p = mem_grow(NULL, OUT_SIZE, 1);
	}
	s->packed = c.p;
	s->npacked = (size_t)n;
	s->more = true;
	return 1;
}

/* Unpacks some more behind what waits. */
static int
unpack(struct source *s)
{
	struct window *w = &s->out;
	size_t room;
	long n;

	compact(w, &s->out_base);
	room = w->size - w->to;
	n = zunpack_next(s->z, &s->packed, &s->npacked, w->p + w->to, room);
	if (n < 0) {
		s->inside = false;
		return source_bad(s, "corrupt compressed data: %s", err_why());
	}
	w->to += (size_t)n;
	s->more = (size_t)n == room;
	return 1;
}

/* A whole record of what is unpacked. 0: none. */
static int
out_record(struct source *s, struct record *r)
{
	struct window *w = &s->out;

	if (held(w) < HEAD)
		return 0;
	s->inside = true;
	s->out_at = s->out_base + w->from;
	if (parse_head(s, w->p + w->from, r) < 0)
		return -1;
	if (held(w) < r->size)
		return 0;
	w->from += r->size;
	if (r->type == REC_COMPRESSED || r->type == REC_COMPRESSED2 ||
	    r->type == REC_TRACING_DATA || r->type == REC_AUXTRACE)
		return source_bad(s, "a record of type %u inside compressed data", r->type);
	return 1;
}

/* The input ended; so must the records inside the compressed data have. */
static int
finish(struct source *s)
{
	size_t n = held(&s->out);

	if (!n)
		return SOURCE_END;
	s->inside = true;
	s->out_at = s->out_base + s->out.from;
	return source_bad(s, "truncated record (%zu bytes of it there)", n);
}

/* Another stream begins: what was packed and not ended is over. `rc`, or -1 where it was cut. */
static int
another(struct source *s, int rc)
{
	size_t n = held(&s->out);

	s->out_base = s->out.from = s->out.to = 0;
	if (s->z)
		zunpack_reset(s->z);
	if (n)
		return source_bad(s,
		                  "a new stream begins, and %zu bytes of a record of the one "
		                  "before wait for their rest",
		                  n);
	return rc;
}

int
source_next(struct source *s, struct record *r)
{
	int rc;

	for (;;) {
		rc = out_record(s, r);
		if (rc)
			return rc;
		if (s->more) {
			rc = unpack(s);
		} else {
			rc = raw_record(s, r);
			if (rc == SOURCE_END)
				return finish(s);
			if (rc == SOURCE_HEADER)
				return another(s, rc);
			if (rc < 0)
				return rc;
			if (r->type == REC_COMPRESSED || r->type == REC_COMPRESSED2)
				rc = packed(s, r);
			else if (r->type == REC_TRACING_DATA || r->type == REC_AUXTRACE)
				rc = payload(s, r);
			else
				return begins_packed(s, r) ? another(s, rc) : rc;
		}
		if (rc < 0)
			return rc;
	}
}
