/*
 * buf: a growing byte buffer, and a cursor that reads bytes without running past their end.
 *
 * Zero-initialised is an empty buf. The owner frees it with buf_free(). Multi-byte integers are in
 * the machine's own order, as perf.data is; the cursor can be told to swap.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
	char *p;
	size_t len, cap;
};

void *buf_more(struct buf *, size_t n); /* n uninitialised bytes at the end; len grows by n */
void buf_add(struct buf *, const void *, size_t n);
void buf_str(struct buf *, const char *); /* without its NUL */
void buf_char(struct buf *, char);
void buf_u16(struct buf *, uint16_t);
void buf_u32(struct buf *, uint32_t);
void buf_u64(struct buf *, uint64_t);
void buf_zero(struct buf *, size_t n);
void buf_printf(struct buf *, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_free(struct buf *); /* empty again */

/*
 * Cursor over bytes that somebody else owns and that may lie. A read past the end gives zero (or
 * NULL) and sets `bad`, which stays set: check it once, after the reads.
 */
struct cur {
	const unsigned char *p, *end;
	bool bad, swap;
};

uint8_t cur_u8(struct cur *);
uint16_t cur_u16(struct cur *);
uint32_t cur_u32(struct cur *);
uint64_t cur_u64(struct cur *);
const void *cur_skip(struct cur *, size_t n); /* the n bytes skipped, or NULL */
/* A string up to its NUL, which must lie inside; *len (may be NULL) without the NUL. */
const char *cur_str(struct cur *, size_t *len);

/* Writes all n bytes, through EINTR and short writes. -1 with errno set. */
int write_all(int fd, const void *, size_t n);

#endif
