#include "base/table.h"

#include <stdlib.h>
#include <string.h>

uint64_t
hash_bytes(uint64_t h, const void *p, size_t n)
{
	const unsigned char *s = p;

	while (n--)
		h = (h ^ *s++) * UINT64_C(0x100000001b3);
	return h;
}

/* The finaliser of MurmurHash3 (public domain). */
uint64_t
hash_mix(uint64_t x)
{
	x ^= x >> 33;
	x *= UINT64_C(0xff51afd7ed558ccd);
	x ^= x >> 33;
	x *= UINT64_C(0xc4ceb9fe1a85ec53);
	return x ^ x >> 33;
}

static struct map_slot *
map_slot(const struct map *m, uint64_t key)
{
	size_t i = hash_mix(key) & (m->cap - 1);

	while (m->slots[i].used && m->slots[i].key != key)
		i = (i + 1) & (m->cap - 1);
	return &m->slots[i];
}

uint32_t *
map_find(const struct map *m, uint64_t key)
{
	struct map_slot *s;

	if (!m->n)
		return NULL;
	s = map_slot(m, key);
	return s->used ? &s->value : NULL;
}

static void
map_widen(struct map *m)
{
	struct map old = *m;
	size_t i;

	m->cap = old.cap ? old.cap * 2 : 64;
	m->slots = mem_new(m->cap, sizeof *m->slots);
	for (i = 0; i < old.cap; i++) {
		if (old.slots[i].used)
			*map_slot(m, old.slots[i].key) = old.slots[i];
	}
	free(old.slots);
}

uint32_t *
map_put(struct map *m, uint64_t key, bool *fresh)
{
	struct map_slot *s;

	if (m->n >= m->cap / 4 * 3)
		map_widen(m);
	s = map_slot(m, key);
	*fresh = !s->used;
	if (*fresh) {
		s->used = true;
		s->key = key;
		s->value = 0;
		m->n++;
	}
	return &s->value;
}

void
map_clear(struct map *m)
{
	if (m->n)
		memset(m->slots, 0, m->cap * sizeof *m->slots);
	m->n = 0;
}

void
map_free(struct map *m)
{
	free(m->slots);
	memset(m, 0, sizeof *m);
}

static uint64_t *
set_slot(const struct set *s, uint64_t key)
{
	size_t i = hash_mix(key) & (s->cap - 1);

	while (s->keys[i] && s->keys[i] != key)
		i = (i + 1) & (s->cap - 1);
	return &s->keys[i];
}

bool
set_has(const struct set *s, uint64_t key)
{
	if (!key)
		return s->zero;
	return s->n && *set_slot(s, key) == key;
}

static void
set_widen(struct set *s)
{
	struct set old = *s;
	size_t i;

	s->cap = old.cap ? old.cap * 2 : 64;
	s->keys = mem_new(s->cap, sizeof *s->keys);
	for (i = 0; i < old.cap; i++) {
		if (old.keys[i])
			*set_slot(s, old.keys[i]) = old.keys[i];
	}
	free(old.keys);
}

void
set_add(struct set *s, uint64_t key)
{
	uint64_t *slot;

	if (!key) {
		s->zero = true;
		return;
	}
	if (s->n >= s->cap / 4 * 3)
		set_widen(s);
	slot = set_slot(s, key);
	s->n += !*slot;
	*slot = key;
}

void
set_free(struct set *s)
{
	free(s->keys);
	memset(s, 0, sizeof *s);
}

static uint32_t *
strings_slot(const struct strings *t, const char *p, size_t len, uint64_t hash)
{
	size_t i = hash_mix(hash) & (t->nslots - 1);
	const struct str *s;

	for (; t->slots[i]; i = (i + 1) & (t->nslots - 1)) {
		s = &t->str[t->slots[i] - 1];
		if (s->hash == hash && s->len == len && !memcmp(s->p, p, len))
			break;
	}
	return &t->slots[i];
}

static void
strings_widen(struct strings *t)
{
	const struct str *s;
	size_t i;

	free(t->slots);
	t->nslots = t->nslots ? t->nslots * 2 : 64;
	t->slots = mem_new(t->nslots, sizeof *t->slots);
	for (i = 0; i < t->n; i++) {
		s = &t->str[i];
		*strings_slot(t, s->p, s->len, s->hash) = (uint32_t)i + 1;
	}
}

uint32_t
strings_id(struct strings *t, const char *p, size_t len)
{
	uint64_t hash = hash_bytes(HASH_START, p, len);
	uint32_t *slot;

	if (t->n >= t->nslots / 4 * 3)
		strings_widen(t);
	slot = strings_slot(t, p, len, hash);
	if (!*slot) {
		t->str = mem_room(t->str, t->n, &t->cap, sizeof *t->str);
		t->str[t->n].p = arena_str(&t->bytes, p, len);
		t->str[t->n].len = (uint32_t)len;
		t->str[t->n].hash = hash;
		*slot = (uint32_t)++t->n;
	}
	return *slot - 1;
}

void
strings_free(struct strings *t)
{
	free(t->str);
	free(t->slots);
	arena_free(&t->bytes);
	memset(t, 0, sizeof *t);
}
