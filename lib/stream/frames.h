/*
 * frames: interned frames; equal ones have equal ids, counted from 0. Frames never move.
 */
#ifndef STREAM_FRAMES_H
#define STREAM_FRAMES_H

#include "base/table.h"
#include "stream/reader.h"

struct frames {
	struct strings names; /* functions and files */
	struct frame **block; /* of FRAMES_BLOCK each */
	size_t n, nblocks, cap;
	struct map index; /* hash of a frame -> the newest id that has it */
	uint32_t *older;  /* id -> id + 1 of the next that has its hash */
	size_t older_cap;
};

enum { FRAMES_BLOCK = 512 };

/* A name as frames want it: interned, so that equal names are equal pointers. */
const char *frames_name(struct frames *, const char *, size_t len);
/* func and file are from frames_name(). */
uint32_t frames_id(struct frames *, const struct frame *);
const struct frame *frames_get(const struct frames *, uint32_t id);
void frames_free(struct frames *);

#endif
