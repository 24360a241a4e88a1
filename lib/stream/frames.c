#include "stream/frames.h"

#include <stdlib.h>
#include <string.h>

const char *
frames_name(struct frames *t, const char *s, size_t len)
{
	uint32_t id = strings_id(&t->names, s, len);

	return t->names.str[id].p;
}

const struct frame *
frames_get(const struct frames *t, uint32_t id)
{
	return &t->block[id / FRAMES_BLOCK][id % FRAMES_BLOCK];
}

static bool
same(const struct frame *a, const struct frame *b)
{
	return a->func == b->func && a->file == b->file && a->root == b->root &&
	       a->firstline == b->firstline && a->line == b->line && a->addr == b->addr &&
	       a->kind == b->kind;
}

static uint64_t
hash(const struct frame *f)
{
	uint64_t h = hash_mix((uintptr_t)f->func);

	h = hash_mix(h ^ (uintptr_t)f->file);
	h = hash_mix(h ^ ((uint64_t)f->firstline << 32 | f->line));
	h = hash_mix(h ^ f->addr);
	return hash_mix(h ^ ((uint64_t)f->root << 8 | f->kind));
}

uint32_t
frames_id(struct frames *t, const struct frame *f)
{
	uint32_t *at, id;
	bool fresh;

	at = map_put(&t->index, hash(f), &fresh);
	for (id = fresh ? 0 : *at + 1; id; id = t->older[id - 1]) {
		if (same(frames_get(t, id - 1), f))
			return id - 1;
	}
	if (t->n == t->nblocks * FRAMES_BLOCK) {
		t->block = mem_room(t->block, t->nblocks, &t->cap, sizeof(struct frame *));
		t->block[t->nblocks++] = mem_grow(NULL, FRAMES_BLOCK, sizeof *f);
	}
	t->older = mem_room(t->older, t->n, &t->older_cap, sizeof *t->older);
	id = (uint32_t)t->n++;
	t->older[id] = fresh ? 0 : *at + 1;
	*at = id;
	t->block[id / FRAMES_BLOCK][id % FRAMES_BLOCK] = *f;
	return id;
}

void
frames_free(struct frames *t)
{
	size_t i;

	for (i = 0; i < t->nblocks; i++)
		free(t->block[i]);
	free(t->block);
	free(t->older);
	map_free(&t->index);
	strings_free(&t->names);
	memset(t, 0, sizeof *t);
}
