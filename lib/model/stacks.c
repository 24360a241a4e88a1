#include "model/stacks.h"

#include <stdlib.h>
#include <string.h>

void
stacks_init(struct stacks *s)
{
	memset(s, 0, sizeof *s);
	s->nodes = mem_room(NULL, 0, &s->cap, sizeof *s->nodes);
	memset(&s->nodes[0], 0, sizeof s->nodes[0]);
	s->n = 1;
}

void
stacks_free(struct stacks *s)
{
	strings_free(&s->labels);
	map_free(&s->index);
	free(s->nodes);
	memset(s, 0, sizeof *s);
}

uint32_t
stacks_label(struct stacks *s, const char *text, size_t len)
{
	return strings_id(&s->labels, text, len);
}

/* Most nodes have few children, which lie close to them; the index is far away. */
enum { NEAR = 3 };

uint32_t
stacks_child(struct stacks *s, uint32_t parent, uint32_t label)
{
	struct stack_node *node;
	uint32_t *at, near = s->nodes[parent].child;
	bool fresh;
	int i;

	for (i = 0; i < NEAR && near; i++, near = s->nodes[near].sibling) {
		if (s->nodes[near].frame == label)
			return near;
	}
	at = map_put(&s->index, (uint64_t)parent << 32 | label, &fresh);
	if (!fresh)
		return *at;
	s->nodes = mem_room(s->nodes, s->n, &s->cap, sizeof *s->nodes);
	node = &s->nodes[s->n];
	*node = (struct stack_node){
	    .parent = parent, .frame = label, .sibling = s->nodes[parent].child};
	s->nodes[parent].child = (uint32_t)s->n;
	*at = (uint32_t)s->n;
	return (uint32_t)s->n++;
}

void
stacks_add(struct stacks *s, uint32_t node, uint64_t value)
{
	s->nodes[node].self += value;
}

/* Parents come before their children, so one pass finds every parent's new node. */
void
stacks_relabel(struct stacks *s, const uint32_t *to)
{
	uint32_t *at = mem_new(s->n, sizeof *at);
	struct stacks t;
	size_t i;

	stacks_init(&t);
	stacks_add(&t, 0, s->nodes[0].self);
	for (i = 1; i < s->n; i++) {
		at[i] = stacks_child(&t, at[s->nodes[i].parent], to[s->nodes[i].frame]);
		stacks_add(&t, at[i], s->nodes[i].self);
	}
	free(at);
	t.labels = s->labels;
	memset(&s->labels, 0, sizeof s->labels);
	stacks_free(s);
	*s = t;
}

/* Children have higher numbers than their parents, so one pass from the end sums them up. */
uint64_t *
stacks_totals(const struct stacks *s)
{
	uint64_t *total = mem_new(s->n, sizeof *total);
	size_t i;

	for (i = s->n; i-- > 0;) {
		total[i] += s->nodes[i].self;
		if (i)
			total[s->nodes[i].parent] += total[i];
	}
	return total;
}
