/*
 * zstd: the only file that knows libzstd. Bytes in pieces through a compressed stream.
 */
#ifndef STREAM_ZSTD_H
#define STREAM_ZSTD_H

#include <stdbool.h>
#include <stddef.h>

enum { ZPACK_LEVEL_MAX = 19 };

/*
 * Packer. Each piece is flushed, so that a reader can unpack all that came so far, and unpacks to
 * something by itself. A frame ends at FRAME_CONTENT bytes of content; no piece spans two.
 */
struct zpack;

/* What a piece needs at most. */
enum { ZPACK_OUT = 65000 };

struct zpack *zpack_new(int level);
/*
 * Takes some of the *n bytes at *p (moves both), puts one piece at out, of ZPACK_OUT bytes: how
 * many it has. 0 when there is nothing to take. `last` ends the frame with the last of the bytes.
 */
size_t zpack_piece(struct zpack *, const char **p, size_t *n, bool last, void *out);
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
