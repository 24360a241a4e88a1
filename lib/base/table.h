/*
 * table: hashing, a map from u64 to u32, and interned strings.
 *
 * Both tables start zero-initialised, grow as they fill (open addressing, at most 3/4 full), and
 * are freed by their owner.
 */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include "base/mem.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* FNV-1a, 64 bits; `h` continues an earlier hash, HASH_START begins one. */
#define HASH_START UINT64_C(0xcbf29ce484222325)
uint64_t hash_bytes(uint64_t h, const void *, size_t n);
uint64_t hash_mix(uint64_t); /* spreads the bits of an integer key */

/* map: u64 key -> u32 value. Any key, any value. */
struct map {
	struct map_slot {
		uint64_t key;
		uint32_t value;
		bool used;
	} * slots;
	size_t n, cap; /* cap a power of two */
};

uint32_t *map_find(const struct map *, uint64_t key); /* NULL where absent */
/* The value's place, new and zero where *fresh. Valid until the next map_put(). */
uint32_t *map_put(struct map *, uint64_t key, bool *fresh);
void map_clear(struct map *); /* keeps its memory */
void map_free(struct map *);

/* set: of u64 keys. */
struct set {
	uint64_t *keys; /* 0: empty place */
	size_t n, cap;  /* cap a power of two */
	bool zero;      /* the key 0 is in it */
};

bool set_has(const struct set *, uint64_t key);
void set_add(struct set *, uint64_t key);
void set_free(struct set *);

/* strings: equal bytes get equal ids, counted from 0. The bytes stay where they are. */
struct strings {
	struct str {
		const char *p; /* NUL-terminated besides its length */
		uint32_t len;
		uint64_t hash;
	} * str;
	size_t n, cap;
	uint32_t *slots; /* id + 1, 0 = empty */
	size_t nslots;
	struct arena bytes;
};

uint32_t strings_id(struct strings *, const char *, size_t len);
void strings_free(struct strings *);

#endif
