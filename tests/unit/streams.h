/*
 * streams: what the tests of lib/stream share. Everything lies in memory files.
 */
#ifndef TESTS_UNIT_STREAMS_H
#define TESTS_UNIT_STREAMS_H

#include "tests/unit/unit.h"
#include "tests/helpers/show.h"
#include "base/buf.h"
#include "stream/wire.h"
#include "stream/writer.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static inline int
file_of(const void *p, size_t n)
{
	int fd = memfd_create("stream", 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write_all(fd, p, n), 0);
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static inline struct buf
contents(int fd)
{
	off_t n = lseek(fd, 0, SEEK_END);
	struct buf b = {0};

	if (n)
		ck_assert_int_eq(pread(fd, buf_more(&b, (size_t)n), (size_t)n, 0), n);
	close(fd);
	return b;
}

/* All events as text; then "end", or "error" and why. n: how long the input is. */
static inline char *
told_by(int fd, size_t n)
{
	struct reader *r = reader_open(fd, "x");
	int rc = -1;
	struct event ev;
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	while (r && (rc = reader_next(r, &ev)) > 0)
		show_event(out, r, &ev);
	fprintf(out, rc < 0 ? "error %s\n" : "end\n", err_why());
	if (r && rc == 0)
		ck_assert_uint_eq(reader_offset(r), n);
	if (r) /* it stays as it is */
		ck_assert_int_eq(reader_next(r, &ev), rc);
	fclose(out);
	reader_close(r);
	close(fd);
	return text;
}

static inline char *
told(const void *p, size_t n)
{
	return told_by(file_of(p, n), n);
}

static inline void
tells(const struct buf *b, const char *want)
{
	char *got = told(b->p, b->len);

	ck_assert_str_eq(got, want);
	free(got);
}

static inline uint64_t
symbol(struct writer *w, const char *func, const char *file, uint32_t firstline, uint32_t base)
{
	struct wsymbol s = {.func = func, .file = file, .firstline = firstline, .base = base};

	s.func_len = strlen(func);
	s.file_len = strlen(file);
	return writer_symbol(w, &s);
}

static inline void
sample(struct writer *w, uint64_t time, size_t n, const uint64_t *ips)
{
	writer_sample(w, &(struct wsample){.kind = KIND_CPU,
	                                   .pid = 7,
	                                   .tid = 8,
	                                   .time = time,
	                                   .period = 1000,
	                                   .ticks = 1,
	                                   .ips = ips,
	                                   .n = n});
}

static inline struct writer *
begin_writing(int *fd, int zlevel)
{
	*fd = memfd_create("stream", 0);
	return writer_open(*fd, zlevel, 100);
}

static inline struct buf
end_writing(struct writer *w, int fd)
{
	ck_assert_int_eq(writer_close(w), 0);
	return contents(fd);
}

/* By the number of a loop test. */
static const int levels[] __attribute__((unused)) = {0, 1, 19};

static uint64_t seed __attribute__((unused));

static inline uint32_t
roll(uint32_t n)
{
	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % n;
}

/* Two names whose 42 bits are the same, found by search; so are the next two's, but for one. */
#define SAME_A "f855405"
#define SAME_B "f4004081"
#define NEXT_A "f5706408"
#define NEXT_B "f45650"

#endif
