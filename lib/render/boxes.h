/*
 * boxes: where each node of the trie lies in a flame graph, in units of the counts.
 *
 *      start 0             7     total of box 1 is 7; its children begin where it begins, in the
 *      |a                  |b |  order of their labels' bytes, and what is left of it at the right
 *      |a;c  |a;d |         is its own.
 *
 * Boxes come in preorder: a box, then all that stands on it. Whatever is narrower than `least`,
 * a share of the whole, is left out with all that stands on it, but keeps its place.
 */
#ifndef RENDER_BOXES_H
#define RENDER_BOXES_H

#include "model/stacks.h"

struct box {
	uint32_t node;  /* 0, the whole, is the first box */
	uint32_t depth; /* 0 for the whole */
	uint64_t start, total;
};

struct boxes {
	struct box *box;
	size_t n, cap;
	size_t omitted; /* nodes with a count that got no box */
	uint32_t depth; /* of the deepest box */
};

/* -1 with err when the counts are all zero. Freed by boxes_free() also then. */
int boxes_lay(struct boxes *, const struct stacks *, double least);
void boxes_free(struct boxes *);

#endif
