#include "stream/zstd.h"
#include "stream/wire.h"
#include "base/err.h"
#include "base/mem.h"

#include <stdlib.h>
#include <zstd.h>

/*
 * A frame's content never exceeds 1 MiB, so a larger window (8 MiB at level 19) is only memory.
 * Packed in chunks: perf unpacks a record in one go into MMAP_LEN bytes.
 */
enum { WINDOW_LOG = 20, CHUNK = 256 * 1024 };

/* What zstd itself accepts by default: 128 MiB, which it touches only as content comes. */
enum { WINDOW_LOG_MAX = 27 };

struct zpack {
	ZSTD_CCtx *ctx;
	const char *p; /* fed and not yet in `chunk` */
	size_t n;
	size_t content; /* of this frame, up to the end of `chunk` */
	bool end, busy; /* busy: `chunk` is not all out */
	ZSTD_inBuffer chunk;
	ZSTD_EndDirective how;
};

struct zpack *
zpack_new(int level)
{
	struct zpack *z = mem_new(1, sizeof *z);

	z->ctx = ZSTD_createCCtx();
	if (!z->ctx)
		mem_out();
	ZSTD_CCtx_setParameter(z->ctx, ZSTD_c_compressionLevel, level);
	ZSTD_CCtx_setParameter(z->ctx, ZSTD_c_windowLog, WINDOW_LOG);
	return z;
}

void
zpack_feed(struct zpack *z, const void *p, size_t n, bool end)
{
	z->p = p;
	z->n = n;
	z->end = end;
}

/* Takes the next chunk of what was fed. False when there is none. */
static bool
zpack_chunk(struct zpack *z)
{
	size_t n = z->n;

	if (n > CHUNK)
		n = CHUNK;
	if (n > FRAME_CONTENT - z->content)
		n = FRAME_CONTENT - z->content;
	if (!n && !(z->end && z->content))
		return false;
	z->chunk = (ZSTD_inBuffer){z->p, n, 0};
	z->p += n;
	z->n -= n;
	z->content += n;
	z->how = ZSTD_e_flush;
	if (z->content == FRAME_CONTENT || (z->end && !z->n)) {
		z->how = ZSTD_e_end;
		z->content = 0;
	}
	return z->busy = true;
}

size_t
zpack_next(struct zpack *z, void *buf, size_t cap)
{
	ZSTD_outBuffer out = {buf, cap, 0};
	size_t rc;

	while (!out.pos && (z->busy || zpack_chunk(z))) {
		rc = ZSTD_compressStream2(z->ctx, &out, &z->chunk, z->how);
		if (ZSTD_isError(rc)) /* used as it is here, only for want of memory */
			mem_out();
		z->busy = rc != 0;
	}
	return out.pos;
}

void
zpack_free(struct zpack *z)
{
	if (!z)
		return;
	ZSTD_freeCCtx(z->ctx);
	free(z);
}

struct zunpack {
	ZSTD_DCtx *ctx;
};

struct zunpack *
zunpack_new(void)
{
	struct zunpack *z = mem_new(1, sizeof *z);

	z->ctx = ZSTD_createDCtx();
	if (!z->ctx)
		mem_out();
	ZSTD_DCtx_setParameter(z->ctx, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
	return z;
}

void
zunpack_reset(struct zunpack *z)
{
	ZSTD_DCtx_reset(z->ctx, ZSTD_reset_session_only);
}

long
zunpack_next(struct zunpack *z, const void **p, size_t *n, void *buf, size_t cap)
{
	ZSTD_inBuffer in = {*p, *n, 0};
	ZSTD_outBuffer out = {buf, cap, 0};
	size_t rc;

	do {
		rc = ZSTD_decompressStream(z->ctx, &out, &in);
		if (ZSTD_isError(rc))
			return err_set("%s", ZSTD_getErrorName(rc));
	} while (out.pos < out.size && in.pos < in.size);
	*p = (const char *)in.src + in.pos;
	*n = in.size - in.pos;
	return (long)out.pos;
}

void
zunpack_free(struct zunpack *z)
{
	if (!z)
		return;
	ZSTD_freeDCtx(z->ctx);
	free(z);
}
