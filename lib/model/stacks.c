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
	free(s->slots);
	free(s->nodes);
	memset(s, 0, sizeof *s);
}

uint32_t
stacks_label(struct stacks *s, const char *text, size_t len)
{
	return strings_id(&s->labels, text, len);
}

static uint32_t *
slot_of(const struct stacks *s, uint32_t parent, uint32_t label)
{
	size_t i = hash_mix((uint64_t)parent << 32 | label) & (s->nslots - 1);
	const struct stack_node *node;

	for (; s->slots[i]; i = (i + 1) & (s->nslots - 1)) {
		node = &s->nodes[s->slots[i]];
		if (node->parent == parent && node->frame == label)
			break;
	}
	return &s->slots[i];
}

static void
widen(struct stacks *s)
{
	uint32_t i;

	free(s->slots);
	s->nslots = s->nslots ? s->nslots * 2 : 64;
	s->slots = mem_new(s->nslots, sizeof *s->slots);
	for (i = 1; i < s->n; i++)
		*slot_of(s, s->nodes[i].parent, s->nodes[i].frame) = i;
}

static uint32_t
new_node(struct stacks *s, uint32_t parent, uint32_t label)
{
	uint32_t id = (uint32_t)s->n;

	s->nodes = mem_room(s->nodes, s->n, &s->cap, sizeof *s->nodes);
	s->nodes[id] = (struct stack_node){
	    .parent = parent, .frame = label, .sibling = s->nodes[parent].child};
	s->nodes[parent].child = id;
	s->n++;
	return id;
}

/* Most nodes have few children, which lie close to them; the slots are far away. */
enum { NEAR = 3 };

uint32_t
stacks_child(struct stacks *s, uint32_t parent, uint32_t label)
{
	uint32_t near = s->nodes[parent].child, *slot;
	int i;

	for (i = 0; i < NEAR && near; i++, near = s->nodes[near].sibling) {
		if (s->nodes[near].frame == label)
			return near;
	}
	if (s->n >= s->nslots / 4 * 3)
		widen(s);
	slot = slot_of(s, parent, label);
	if (!*slot)
		*slot = new_node(s, parent, label);
	return *slot;
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
