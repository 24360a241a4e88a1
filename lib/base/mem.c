#include "base/mem.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct arena_block {
	struct arena_block *next;
	_Alignas(16) char data[];
};

void
mem_out(void)
{
	fprintf(stderr, "%s: out of memory\n", program_invocation_short_name);
	exit(1);
}

void *
mem_new(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size);

	if (!p)
		mem_out();
	return p;
}

void *
mem_grow(void *p, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes) || !(p = realloc(p, bytes ? bytes : 1)))
		mem_out();
	return p;
}

void *
mem_room(void *p, size_t n, size_t *cap, size_t size)
{
	if (n < *cap)
		return p;
	*cap = *cap ? *cap * 2 : 16;
	return mem_grow(p, *cap, size);
}

void *
arena_get(struct arena *a, size_t n)
{
	struct arena_block *b;
	char *p;

	n = (n + 7) & ~(size_t)7;
	if (!a->head || a->size - a->used < n) {
		a->size = n > 65536 ? n : 65536;
		b = mem_grow(NULL, 1, sizeof *b + a->size);
		b->next = a->head;
		a->head = b;
		a->used = 0;
	}
	p = a->head->data + a->used;
	a->used += n;
	a->total += n;
	return p;
}

char *
arena_str(struct arena *a, const char *s, size_t n)
{
	char *p = arena_get(a, n + 1);

	memcpy(p, s, n);
	p[n] = '\0';
	return p;
}

void
arena_free(struct arena *a)
{
	struct arena_block *b, *next;

	for (b = a->head; b; b = next) {
		next = b->next;
		free(b);
	}
	memset(a, 0, sizeof *a);
}
