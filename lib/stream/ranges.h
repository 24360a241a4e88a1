/*
 * ranges: disjoint address ranges -> u32, sorted. What was mapped last wins.
 */
#ifndef STREAM_RANGES_H
#define STREAM_RANGES_H

#include <stddef.h>
#include <stdint.h>

/* Linux lets a process have 65530 mappings; more is not believed. */
enum { RANGES_MAX = 65536 };

struct ranges {
	struct range {
		uint64_t start, end; /* end: the last address that belongs to it */
		uint32_t value;
	} * r;
	size_t n, cap;
};

/* start <= end. Cuts what lies there already. -1 with err when there are too many. */
int ranges_set(struct ranges *, uint64_t start, uint64_t end, uint32_t value);
int ranges_clear(struct ranges *, uint64_t start, uint64_t end);
const struct range *ranges_find(const struct ranges *, uint64_t at); /* NULL: none */
void ranges_copy(struct ranges *to, const struct ranges *from);      /* to: empty */
void ranges_free(struct ranges *);

#endif
