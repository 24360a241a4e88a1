#include "cpython/code.h"
#include "base/at.h"
#include "base/buf.h"
#include "cpython/lines.h"
#include "cpython/object.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NAME_MAX_CHARS = 4096, TABLE_MAX = 16 << 20, CHECK_BATCH = 64, TLBC_MAX = 65536 };

/* What tells one code object from another at the same address: five words of the header. */
static void
make_mark(const struct layout *l, const char *head, unsigned char mark[64])
{
	uint64_t w[8] = {
	    u64_at(head, l->co_filename),
	    u64_at(head, l->co_name),
	    u64_at(head, l->co_linetable),
	    u32_at(head, l->co_firstlineno),
	    l->co_qualname == LAYOUT_NONE ? 0 : u64_at(head, l->co_qualname),
	};

	memcpy(mark, w, 64);
}

/*
 * The length of the import root: the directory above the outermost one of the file's directories
 * that has an __init__.py, as the target sees them.
 */
static uint32_t
import_root(pid_t pid, const char *file)
{
	char path[PATH_MAX];
	const char *slash = strrchr(file, '/');
	size_t len = slash ? (size_t)(slash - file) : 0; /* of the directory looked at */
	int n;

	if (*file != '/')
		return 0;
	for (; len; len = (size_t)((const char *)memrchr(file, '/', len) - file)) {
		n = snprintf(path, sizeof path, "/proc/%d/root%.*s/__init__.py", pid, (int)len,
		             file);
		if (n < 0 || (size_t)n >= sizeof path || access(path, F_OK) != 0)
			break;
	}
	return (uint32_t)len + 1;
}

static void
expand_lines(struct code *c, enum line_style style, const struct buf *table)
{
	struct line_run *runs;
	size_t n;

	runs = lines_runs(style, (const unsigned char *)table->p, table->len, c->firstline, &n);
	c->runs = runs;
	c->nruns = (uint32_t)n;
	c->size = n && runs[n - 1].end != UINT32_MAX ? runs[n - 1].end : 0;
	c->base = lines_base(style, (const unsigned char *)table->p, table->len, c->firstline);
}

static uint32_t
frame_words(const struct layout *l, const char *head)
{
	/* 3.11: _PyFrame_NumSlotsForCodeObject() and FRAME_SPECIALS_SIZE, pycore_frame.h. */
	if (l->co_framesize != LAYOUT_NONE)
		return u32_at(head, l->co_framesize);
	if (l->co_nlocalsplus != LAYOUT_NONE)
		return u32_at(head, l->co_nlocalsplus) + u32_at(head, l->co_stacksize) + 9;
	return 0;
}

static int
read_code(struct codes *cs, struct python *py, struct code *c)
{
	const struct layout *l = &py->lay;
	struct buf func = {0}, file = {0}, table = {0};
	char head[512];
	int status = -1;

	if (l->co_size > sizeof head || remote_read(&py->mem, c->addr, head, l->co_size) < 0)
		return -1;
	if (py->code_type && u64_at(head, l->ob_type) != py->code_type)
		return -1;
	make_mark(l, head, c->mark);
	c->firstline = u32_at(head, l->co_firstlineno);
	c->framesize = frame_words(l, head);
	if (object_str(py,
	               u64_at(head, l->co_qualname == LAYOUT_NONE ? l->co_name : l->co_qualname),
	               NAME_MAX_CHARS, &func) == 0 &&
	    object_str(py, u64_at(head, l->co_filename), NAME_MAX_CHARS, &file) == 0 &&
	    object_bytes(py, u64_at(head, l->co_linetable), TABLE_MAX, &table) == 0) {
		c->func = arena_str(&cs->bytes, func.p ? func.p : "", func.len);
		c->func_len = (uint32_t)func.len;
		c->file = arena_str(&cs->bytes, file.p ? file.p : "", file.len);
		c->file_len = (uint32_t)file.len;
		c->root = import_root(py->pid, c->file);
		expand_lines(c, l->lines, &table);
		status = 0;
	}
	buf_free(&func);
	buf_free(&file);
	buf_free(&table);
	return status;
}

static void
fill(struct codes *cs, struct python *py, struct code *c, uint64_t addr, uint64_t now)
{
	free(c->runs);
	free(c->tlbc);
	*c = (struct code){.addr = addr, .serial = ++cs->serial, .read = now, .checked = now};
	c->broken = read_code(cs, py, c) < 0;
	if (c->broken) {
		c->func = "[unknown]";
		c->func_len = 9;
		c->file = "";
		c->framesize = 0;
	}
}

struct code *
codes_get(struct codes *cs, struct python *py, uint64_t addr, uint64_t now)
{
	uint32_t *at;
	bool fresh;

	at = map_put(&cs->index, addr, &fresh);
	if (!fresh)
		return cs->all[*at];
	cs->all = mem_room(cs->all, cs->n, &cs->cap, sizeof *cs->all);
	cs->all[cs->n] = mem_new(1, sizeof(struct code));
	*at = (uint32_t)cs->n;
	fill(cs, py, cs->all[cs->n], addr, now);
	return cs->all[cs->n++];
}

static bool
check_batch(struct codes *cs, struct python *py, const uint64_t *addrs, size_t n, uint64_t now)
{
	const struct layout *l = &py->lay;
	struct iovec local[CHECK_BATCH], far[CHECK_BATCH];
	char heads[CHECK_BATCH][512];
	unsigned char mark[64];
	bool changed = false;
	ssize_t got;
	size_t i;

	for (i = 0; i < n; i++) {
		local[i] = (struct iovec){heads[i], l->co_size};
		far[i] = (struct iovec){(void *)(uintptr_t)addrs[i], l->co_size};
	}
	got = py->mem.readv(&py->mem, local, far, n);
	for (i = 0; i < n; i++) {
		uint32_t *at = map_find(&cs->index, addrs[i]);
		struct code *c = at ? cs->all[*at] : NULL;

		if (!c)
			continue;
		c->checked = now;
		if (got >= (ssize_t)((i + 1) * l->co_size)) {
			make_mark(l, heads[i], mark);
			if (!c->broken && !memcmp(mark, c->mark, sizeof mark))
				continue;
		}
		fill(cs, py, c, addrs[i], now);
		changed = true;
	}
	return changed;
}

bool
codes_check(struct codes *cs, struct python *py, const uint64_t *addrs, size_t n, uint64_t now)
{
	bool changed = false;
	size_t k;

	if (py->lay.co_size > 512)
		return false;
	for (; n; addrs += k, n -= k) {
		k = n < CHECK_BATCH ? n : CHECK_BATCH;
		changed |= check_batch(cs, py, addrs, k, now);
	}
	return changed;
}

bool
codes_full(const struct codes *cs)
{
	return cs->n >= CODES_MAX || cs->bytes.total > 64 << 20;
}

void
codes_clear(struct codes *cs)
{
	size_t i;

	for (i = 0; i < cs->n; i++) {
		free(cs->all[i]->runs);
		free(cs->all[i]->tlbc);
		free(cs->all[i]);
	}
	free(cs->all);
	map_free(&cs->index);
	arena_free(&cs->bytes);
	*cs = (struct codes){.serial = cs->serial};
}

/* _PyCodeArray, Include/cpython/code.h: a size, then so many pointers, null for no copy. */
static void
read_tlbc(struct code *c, struct python *py)
{
	uint64_t array, n;

	c->ntlbc = 0;
	if (python_word(py, c->addr + py->lay.co_tlbc, &array) < 0 ||
	    python_word(py, array, &n) < 0 || n > TLBC_MAX)
		return;
	c->tlbc = mem_grow(c->tlbc, n, sizeof *c->tlbc);
	if (remote_read(&py->mem, array + 8, c->tlbc, n * sizeof *c->tlbc) == 0)
		c->ntlbc = n;
}

uint64_t
code_start(struct code *c, struct python *py, uint32_t copy)
{
	if (copy == 0)
		return c->addr + py->lay.co_bytecode;
	/* The array grows without any other sign of it. */
	if (copy >= c->ntlbc || !c->tlbc[copy])
		read_tlbc(c, py);
	return copy < c->ntlbc ? c->tlbc[copy] : 0;
}

uint32_t
code_line(const struct code *c, int64_t off)
{
	uint32_t lo = 0, hi = c->nruns, mid;

	if (off < 0)
		return c->firstline;
	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (off < c->runs[mid].end)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo < c->nruns ? c->runs[lo].line : 0;
}
