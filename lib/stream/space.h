/*
 * space: the address spaces of the processes of a stream: which file is mapped where.
 *
 * Files are ids that the caller made. A fork shares its parent's table until one of them maps
 * something. What hostile bytes can make of it is bounded: SPACE_MAX mappings in all.
 */
#ifndef STREAM_SPACE_H
#define STREAM_SPACE_H

#include "base/table.h"
#include "stream/ranges.h"

enum { SPACE_MAX = 1 << 20 };

struct spaces {
	struct proc {
		uint32_t pid, version;
		bool dead;
		struct maps *maps; /* counted references; NULL: none */
	} * procs;
	size_t n, cap, dead;
	struct map index; /* pid -> proc */
	uint32_t version; /* the newest given out */
	size_t total;     /* mappings, shared ones once */
};

/* The pid of the kernel's own mappings. */
#define SPACE_KERNEL UINT32_MAX

/* Changes whenever the process's mappings do; no two processes have the same. */
uint32_t space_version(struct spaces *, uint32_t pid);
const struct range *space_find(struct spaces *, uint32_t pid, uint64_t at); /* NULL: none */

int space_map(struct spaces *, uint32_t pid, uint64_t start, uint64_t len, uint32_t file);
void space_fork(struct spaces *, uint32_t pid, uint32_t parent);
void space_exec(struct spaces *, uint32_t pid); /* nothing is mapped any more */
/* Forgets the process in a while: records of other CPUs may come after its end. */
void space_exit(struct spaces *, uint32_t pid);
void spaces_clear(struct spaces *); /* no processes; versions go on */
void spaces_free(struct spaces *);

#endif
