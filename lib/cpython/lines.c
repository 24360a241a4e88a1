#include "cpython/lines.h"

#include "base/mem.h"

#include <stdbool.h>
#include <string.h>

/* One entry: the instructions from start up to end (bytes) have this line, or none. */
struct entry {
	int64_t start, end, line;
	bool none;
};

/* Walks a table entry by entry; zero-initialised but for the first three and line = firstline. */
struct walk {
	enum line_style style;
	const unsigned char *p, *stop;
	int64_t addr, line;
	bool last; /* lnotab: the open-ended entry has been given */
};

static int64_t
signed_byte(unsigned char b)
{
	return b < 128 ? b : (int64_t)b - 256;
}

/* 6 bits a byte, low first, 0x40: more follow. A run of more than 6 bytes is not a number. */
static uint64_t
varint(struct walk *w)
{
	uint64_t v = 0;
	unsigned shift = 0;
	unsigned char b = 0x40;

	while (w->p < w->stop && b & 0x40 && shift < 36) {
		b = *w->p++;
		v |= (uint64_t)(b & 63) << shift;
		shift += 6;
	}
	return v;
}

static int64_t
svarint(struct walk *w)
{
	uint64_t v = varint(w);

	return v & 1 ? -(int64_t)(v >> 1) : (int64_t)(v >> 1);
}

/* <= 3.9: pairs (bytes, lines); an entry begins where one with lines ends the one before it. */
static bool
next_lnotab(struct walk *w, struct entry *e)
{
	*e = (struct entry){.start = w->addr, .line = w->line};
	while (w->p + 1 < w->stop) {
		w->addr += w->p[0];
		w->line += signed_byte(w->p[1]);
		w->p += 2;
		if (w->addr > e->start) {
			e->end = w->addr;
			return true;
		}
		e->line = w->line;
	}
	e->end = INT64_MAX;
	if (w->last)
		return false;
	w->last = true;
	return true;
}

/* 3.10: pairs (bytes, lines); -128: no line. */
static bool
next_310(struct walk *w, struct entry *e)
{
	int64_t d;

	if (w->p + 1 >= w->stop)
		return false;
	d = signed_byte(w->p[1]);
	e->none = d == -128;
	if (!e->none)
		w->line += d;
	e->start = w->addr;
	e->end = w->addr += w->p[0];
	e->line = w->line;
	w->p += 2;
	return true;
}

static bool
next_location(struct walk *w, struct entry *e)
{
	unsigned char b;
	unsigned kind;

	if (w->p >= w->stop)
		return false;
	b = *w->p++;
	kind = b >> 3 & 15;
	e->none = kind == 15;
	if (kind == 14) {
		w->line += svarint(w);
		varint(w);
		varint(w);
		varint(w);
	} else if (kind == 13) {
		w->line += svarint(w);
	} else if (kind >= 10 && kind < 13) {
		w->line += kind - 10;
		w->p += w->stop - w->p >= 2 ? 2 : w->stop - w->p;
	} else if (kind < 10) {
		w->p += w->stop - w->p >= 1 ? 1 : 0;
	}
	e->start = w->addr;
	e->end = w->addr += ((b & 7) + 1) * 2;
	e->line = w->line;
	return true;
}

static bool
next(struct walk *w, struct entry *e)
{
	switch (w->style) {
	case LINES_LNOTAB:
		return next_lnotab(w, e);
	case LINES_310:
		return next_310(w, e);
	default:
		return next_location(w, e);
	}
}

/* Lines from a table that lies may be anything; one that is not a u32 is none. */
static uint32_t
line_of(const struct entry *e)
{
	return e->none || e->line < 0 || e->line > UINT32_MAX ? 0 : (uint32_t)e->line;
}

uint32_t
lines_at(enum line_style style, const unsigned char *table, size_t n, uint32_t firstline,
         int64_t off)
{
	struct walk w = {.style = style, .p = table, .stop = table + n, .line = firstline};
	struct entry e;

	if (off < 0)
		return firstline;
	while (next(&w, &e)) {
		if (off >= e.start && off < e.end)
			return line_of(&e);
	}
	return 0;
}

uint32_t
lines_base(enum line_style style, const unsigned char *table, size_t n, uint32_t firstline)
{
	struct walk w = {.style = style, .p = table, .stop = table + n, .line = firstline};
	uint32_t base = firstline, line;
	struct entry e;

	while (next(&w, &e)) {
		line = line_of(&e);
		if (line && line < base)
			base = line;
	}
	return base;
}

struct line_run *
lines_runs(enum line_style style, const unsigned char *table, size_t n, uint32_t firstline,
           size_t *nruns)
{
	struct walk w = {.style = style, .p = table, .stop = table + n, .line = firstline};
	struct line_run *runs = NULL;
	size_t k = 0, cap = 0;
	struct entry e;

	while (next(&w, &e)) {
		uint32_t end = e.end > UINT32_MAX ? UINT32_MAX : (uint32_t)e.end;

		if (e.end <= e.start)
			continue;
		if (k && runs[k - 1].line == line_of(&e)) {
			runs[k - 1].end = end;
			continue;
		}
		runs = mem_room(runs, k, &cap, sizeof *runs);
		runs[k++] = (struct line_run){end, line_of(&e)};
	}
	*nruns = k;
	return k ? mem_grow(runs, k, sizeof *runs) : runs;
}
