#include "stream/ranges.h"
#include "base/err.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* The first range that ends at or above `at`; n when there is none. */
static size_t
lower(const struct ranges *t, uint64_t at)
{
	size_t lo = 0, hi = t->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (t->r[mid].end < at)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static void
insert(struct ranges *t, size_t i, struct range r)
{
	t->r = mem_room(t->r, t->n, &t->cap, sizeof *t->r);
	memmove(&t->r[i + 1], &t->r[i], (t->n - i) * sizeof *t->r);
	t->r[i] = r;
	t->n++;
}

static int
room(const struct ranges *t)
{
	/* Cutting a hole makes one more, the new range another. */
	if (t->n + 2 > RANGES_MAX)
		return err_set("more than %d mappings in one process", RANGES_MAX - 2);
	return 0;
}

int
ranges_clear(struct ranges *t, uint64_t start, uint64_t end)
{
	size_t i = lower(t, start), j;
	struct range tail;

	if (room(t) < 0)
		return -1;
	if (i < t->n && t->r[i].start < start) {
		tail = t->r[i];
		t->r[i++].end = start - 1;
		if (tail.end > end) {
			tail.start = end + 1;
			insert(t, i, tail);
			return 0;
		}
	}
	for (j = i; j < t->n && t->r[j].end <= end; j++)
		;
	if (j > i) {
		memmove(&t->r[i], &t->r[j], (t->n - j) * sizeof *t->r);
		t->n -= j - i;
	}
	if (i < t->n && t->r[i].start <= end)
		t->r[i].start = end + 1;
	return 0;
}

int
ranges_set(struct ranges *t, uint64_t start, uint64_t end, uint32_t value)
{
	if (ranges_clear(t, start, end) < 0)
		return -1;
	insert(t, lower(t, start), (struct range){start, end, value});
	return 0;
}

const struct range *
ranges_find(const struct ranges *t, uint64_t at)
{
	size_t i = lower(t, at);

	return i < t->n && t->r[i].start <= at ? &t->r[i] : NULL;
}

void
ranges_copy(struct ranges *to, const struct ranges *from)
{
	to->r = mem_grow(NULL, from->n, sizeof *to->r);
	if (from->n)
		memcpy(to->r, from->r, from->n * sizeof *to->r);
	to->n = to->cap = from->n;
}

void
ranges_free(struct ranges *t)
{
	free(t->r);
	memset(t, 0, sizeof *t);
}
