/*
 * stacks: a counted trie of call stacks, root first. The model behind folded text and pictures.
 *
 * Node 0 is the root and has no frame. A frame is a label: text that two equal frames share, an id
 * counted from 0. Every node carries its own value (stacks that end there); totals are summed on
 * demand. Merging is adding: fold(a + b) = merge(fold(a), fold(b)).
 *
 *        0 root            stacks_add(s, path "main;parse", 2), ("main;parse;lex", 5)
 *        |
 *        1 main   self 0   total 7
 *        |
 *        2 parse  self 2   total 7
 *        |
 *        3 lex    self 5   total 5
 */
#ifndef MODEL_STACKS_H
#define MODEL_STACKS_H

#include "base/table.h"

struct stack_node {
	uint32_t parent, frame;
	uint32_t child, sibling; /* first child, next sibling; 0: none. Newest first. */
	uint64_t self;
};

struct stacks {
	struct strings labels;
	struct stack_node *nodes;
	size_t n, cap;
	uint32_t *slots; /* by hash of parent and frame: the node, 0 = empty */
	size_t nslots;   /* a power of two */
};

void stacks_init(struct stacks *);
void stacks_free(struct stacks *);

uint32_t stacks_label(struct stacks *, const char *, size_t len);
uint32_t stacks_child(struct stacks *, uint32_t parent, uint32_t label);
void stacks_add(struct stacks *, uint32_t node, uint64_t value);

/* Puts to[label] in the place of every label; nodes that become equal are added. Ids change. */
void stacks_relabel(struct stacks *, const uint32_t *to);

/* total[node] for every node: its own value and its descendants'. The caller frees the array. */
uint64_t *stacks_totals(const struct stacks *);

#endif
