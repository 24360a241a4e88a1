/* Threads, stacks, locals and values out of a memory image (tests/helpers/memimage.h) that may be
 * anything: bounded, and what is shown is text. */
#include "tests/helpers/memimage.h"
#include "base/buf.h"
#include "base/utf8.h"
#include "cpython/look.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

struct piece {
	uint64_t addr;
	uint32_t len;
	const uint8_t *p;
};

struct image {
	struct piece *piece;
	size_t n;
};

static int
by_address(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;

	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

static void
parse(struct image *im, struct cur *at, size_t size)
{
	im->piece = mem_new(size / MEMIMAGE_PIECE + 1, sizeof *im->piece);
	while (at->p < at->end) {
		struct piece piece = {.addr = cur_u64(at), .len = cur_u32(at)};

		piece.p = cur_skip(at, piece.len);
		if (at->bad)
			break;
		if (piece.len)
			im->piece[im->n++] = piece;
	}
	if (im->n)
		qsort(im->piece, im->n, sizeof *im->piece, by_address);
}

/* The last piece that begins at or below addr. */
static const struct piece *
piece_at(const struct image *im, uint64_t addr)
{
	size_t lo = 0, hi = im->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (im->piece[mid].addr <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo && addr - im->piece[lo - 1].addr < im->piece[lo - 1].len ? &im->piece[lo - 1]
	                                                                   : NULL;
}

static size_t
copy(const struct image *im, uint64_t addr, char *to, size_t n)
{
	size_t done, k;

	for (done = 0; done < n; done += k) {
		const struct piece *piece = piece_at(im, addr + done);

		if (!piece)
			break;
		k = piece->len - (size_t)(addr + done - piece->addr);
		k = k < n - done ? k : n - done;
		memcpy(to + done, piece->p + (addr + done - piece->addr), k);
	}
	return done;
}

static ssize_t
image_readv(struct remote *r, const struct iovec *local, const struct iovec *far, size_t n)
{
	ssize_t total = 0;
	size_t i, k;

	for (i = 0; i < n; i++) {
		k = copy(r->arg, (uint64_t)(uintptr_t)far[i].iov_base, local[i].iov_base,
		         far[i].iov_len);
		total += (ssize_t)k;
		if (k < far[i].iov_len)
			break;
	}
	errno = EFAULT;
	return total || !n ? total : -1;
}

static void
check_text(const char *s)
{
	const char *end = s + strlen(s);
	uint32_t code;
	size_t n;

	for (; s < end; s += n) {
		n = utf8_next(s, end, &code);
		if (!n || code < 0x20 || (code >= 0x7f && code < 0xa0))
			abort();
	}
}

static void
check_thread(void *arg, const struct look_thread *t)
{
	size_t i, k;

	(void)arg;
	for (i = 0; i < t->n; i++) {
		const struct locals *ls = &t->frames[i].locals;

		for (k = 0; k < ls->n; k++) {
			check_text(ls->text.p + ls->l[k].name);
			check_text(ls->text.p + ls->l[k].value);
		}
	}
}

static int
choose(struct python *py)
{
	char head[LAYOUT_DEBUG_MAX];
	const struct layout *row =
	    layout_row((int)(py->version >> 16 & 0xff), py->version >> 1 & 1);

	if (!row)
		return -1;
	py->lay = *row;
	if (remote_read(&py->mem, py->runtime, head, sizeof head) < 0)
		return 0;
	return layout_debug_version(head, sizeof head)
	           ? layout_debug_offsets(&py->lay, head, sizeof head)
	           : 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cur at = {data, data + size, false, false};
	struct python py = {.version = cur_u32(&at)};
	struct image im = {0};
	struct core none = {.fd = -1};

	py.runtime = cur_u64(&at);
	py.code_type = cur_u64(&at);
	if (at.bad)
		return 0;
	parse(&im, &at, size);
	py.mem = (struct remote){.readv = image_readv, .arg = &im};
	if (py.version & 1)
		py.core = &none; /* then stacks are believed as they are */
	if (choose(&py) == 0)
		look(&py, true, LOOK_NEVER, check_thread, NULL);
	free(im.piece);
	return 0;
}
