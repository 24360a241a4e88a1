#include "stream/zstd.h"
#include "stream/wire.h"
#include "base/err.h"
#include "base/mem.h"

#include <stdlib.h>
#include <zstd.h>

/*
 * A frame's content never exceeds 1 MiB, so a larger window (8 MiB at level 19) is only memory. A
 * chunk becomes one piece: however little it can be compressed, it fits (ZSTD_COMPRESSBOUND).
 */
enum { WINDOW_LOG = 20, CHUNK = 64000 };

/* What zstd itself accepts by default: 128 MiB, which it touches only as content comes. */
enum { WINDOW_LOG_MAX = 27 };

struct zpack {
	ZSTD_CCtx *ctx;
	size_t content; /* of the frame that is open, 0: none is */
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

size_t
zpack_piece(struct zpack *z, const char **p, size_t *n, bool last, void *buf)
{
	ZSTD_EndDirective how = ZSTD_e_flush;
	ZSTD_outBuffer out = {buf, ZPACK_OUT, 0};
	ZSTD_inBuffer in = {*p, *n, 0};

	if (in.size > CHUNK)
		in.size = CHUNK;
	if (in.size > FRAME_CONTENT - z->content)
		in.size = FRAME_CONTENT - z->content;
	if (!in.size)
		return 0;
	*p += in.size;
	*n -= in.size;
	z->content += in.size;
	if (z->content == FRAME_CONTENT || (last && !*n)) {
		how = ZSTD_e_end;
		z->content = 0;
	}
	if (ZSTD_compressStream2(z->ctx, &out, &in, how) != 0)
		mem_out(); /* as there is room enough, the one reason left */
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
