/*
 * zstd: the only file that knows libzstd. Bytes in pieces through a compressed stream.
 */
#ifndef STREAM_ZSTD_H
#define STREAM_ZSTD_H

#include <stdbool.h>
#include <stddef.h>

enum { ZPACK_LEVEL_MAX = 19 };

/*
 * Packer. Every zpack_feed() is flushed, so that a reader can unpack all that came so far. A frame
 * ends at FRAME_CONTENT bytes of content, and no piece that zpack_next() gives spans two frames.
 */
struct zpack;

struct zpack *zpack_new(int level);
/* The n bytes stay the caller's, until zpack_next() has returned 0. `end` ends the frame. */
void zpack_feed(struct zpack *, const void *, size_t n, bool end);
/* Puts at most cap compressed bytes at out: how many, or 0 when all that was fed is out. */
size_t zpack_next(struct zpack *, void *out, size_t cap);
void zpack_free(struct zpack *);

/* Unpacker of hostile bytes: frames after one another or one that never ends. */
struct zunpack;

struct zunpack *zunpack_new(void);
void zunpack_reset(struct zunpack *); /* forgets a frame that has begun */
/*
 * Takes from *in (moves it and *n) until cap bytes are at out or nothing is left: how many bytes
 * are at out. Less than cap: all of *in is taken and unpacked. -1 with err.
 */
long zunpack_next(struct zunpack *, const void **in, size_t *n, void *out, size_t cap);
void zunpack_free(struct zunpack *);

#endif
