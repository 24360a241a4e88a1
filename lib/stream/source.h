/*
 * source: a file descriptor -> whole records, decompressed.
 *
 *      fd --> raw buffer --> records that stand plain ------------------> source_next()
 *                      \--> COMPRESSED --> zstd --> unpacked buffer --/
 *
 * A record is handed out where it lies; only what a buffer's end cuts is moved. Records may
 * straddle COMPRESSED ones; plain ones between them come first. Payloads that stand behind a record
 * (TRACING_DATA, AUXTRACE) are skipped. Memory: two buffers and zstd's window.
 */
#ifndef STREAM_SOURCE_H
#define STREAM_SOURCE_H

#include "base/buf.h"

struct source;

struct record {
	const unsigned char *p; /* the header; good until the next call */
	uint32_t type;
	uint16_t misc, size; /* size counts the header: 8 at least */
};

struct source *source_new(void);
/* Goes on with fd, which stays the caller's, and reads its header. 0, or -1 with err. */
int source_open(struct source *, int fd, const char *name);

/* 1: a record. 2: a stream's header in mid-stream. 0: the end. -1 with err, "NAME: offset N: ...".
 */
int source_next(struct source *, struct record *);
enum { SOURCE_END = 0, SOURCE_RECORD = 1, SOURCE_HEADER = 2 };

bool source_swap(const struct source *);       /* the stream's byte order is not ours */
uint64_t source_offset(const struct source *); /* bytes of the input that were consumed */
/* err_set() with the name and the place of the newest record in front. Returns -1. */
int source_bad(const struct source *, const char *fmt, ...) PRINTF_LIKE(2, 3);
void source_free(struct source *);

#endif
