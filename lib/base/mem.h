/*
 * mem: memory that is there or the program ends, growing arrays, and arenas.
 *
 * Running out of memory is the one error that lib/ does not return: Linux overcommits, so malloc
 * fails only for absurd sizes, and those are refused where a length is read. mem_new() and its
 * like print one line and exit 1 (the name of the program comes from
 * program_invocation_short_name).
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

void mem_out(void) __attribute__((noreturn));   /* says so and exits: for other libraries' NULL */
void *mem_new(size_t n, size_t size);           /* n * size zeroed bytes, checked for overflow */
void *mem_grow(void *p, size_t n, size_t size); /* realloc to n * size, checked for overflow */

/*
 * Makes room for one more element: p, *cap as a growing array of elements of `size` bytes that
 * holds n. Doubles; returns the array, perhaps moved.
 */
void *mem_room(void *p, size_t n, size_t *cap, size_t size);

/* Arena: many small pieces, freed at once. Zero-initialised is ready to use. */
struct arena {
	struct arena_block *head;
	size_t used, size; /* of the newest block, bytes */
	size_t total;      /* bytes handed out */
};

void *arena_get(struct arena *, size_t n);                /* 8-aligned, not zeroed */
char *arena_str(struct arena *, const char *s, size_t n); /* a copy, NUL-terminated */
void arena_free(struct arena *);                          /* ready to use again */

#endif
