#include "render/boxes.h"
#include "base/err.h"

#include <stdlib.h>
#include <string.h>

struct lay {
	const struct stacks *s;
	const uint64_t *total;
	double least;     /* in counts */
	struct box *wait; /* boxes whose children are not laid yet, the next one last */
	size_t n, cap;
	uint32_t *kids;
	size_t kids_cap;
};

static int
by_label(const void *pa, const void *pb, void *arg)
{
	const struct stacks *s = arg;
	const struct str *a = &s->labels.str[s->nodes[*(const uint32_t *)pa].frame];
	const struct str *b = &s->labels.str[s->nodes[*(const uint32_t *)pb].frame];
	int c = memcmp(a->p, b->p, a->len < b->len ? a->len : b->len);

	return c ? c : (a->len > b->len) - (a->len < b->len);
}

/* Its children in order, in lay.kids. */
static size_t
sorted_kids(struct lay *l, uint32_t node)
{
	size_t n = 0;
	uint32_t c;

	for (c = l->s->nodes[node].child; c; c = l->s->nodes[c].sibling) {
		l->kids = mem_room(l->kids, n, &l->kids_cap, sizeof *l->kids);
		l->kids[n++] = c;
	}
	if (n > 1)
		qsort_r(l->kids, n, sizeof *l->kids, by_label, (void *)l->s);
	return n;
}

/* From the last child to the first, so that the first is taken first. */
static void
push_kids(struct lay *l, const struct box *parent)
{
	size_t n = sorted_kids(l, parent->node);
	uint64_t start = parent->start + parent->total - l->s->nodes[parent->node].self;

	while (n-- > 0) {
		struct box b = {.node = l->kids[n], .depth = parent->depth + 1};

		b.total = l->total[b.node];
		b.start = start -= b.total;
		if (!b.total || (double)b.total < l->least)
			continue;
		l->wait = mem_room(l->wait, l->n, &l->cap, sizeof *l->wait);
		l->wait[l->n++] = b;
	}
}

static void
lay(struct boxes *b, struct lay *l)
{
	struct box next = {.total = l->total[0]};

	for (;;) {
		b->box = mem_room(b->box, b->n, &b->cap, sizeof *b->box);
		b->box[b->n++] = next;
		if (next.depth > b->depth)
			b->depth = next.depth;
		push_kids(l, &next);
		if (!l->n)
			return;
		next = l->wait[--l->n];
	}
}

int
boxes_lay(struct boxes *b, const struct stacks *s, double least)
{
	uint64_t *total = stacks_totals(s);
	struct lay l = {.s = s, .total = total, .least = least * (double)total[0]};
	size_t i, counted = 0;

	memset(b, 0, sizeof *b);
	for (i = 0; i < s->n; i++)
		counted += total[i] > 0;
	if (counted) {
		lay(b, &l);
		b->omitted = counted - b->n;
	}
	free(total);
	free(l.wait);
	free(l.kids);
	return counted ? 0 : err_set("no stacks: nothing to draw");
}

void
boxes_free(struct boxes *b)
{
	free(b->box);
	memset(b, 0, sizeof *b);
}
