/*
 * object: values of the target read by their layout: strings, and the names of threads.
 */
#ifndef CPYTHON_OBJECT_H
#define CPYTHON_OBJECT_H

#include "base/buf.h"
#include "cpython/runtime.h"

/*
 * Appends a str object as UTF-8, at most max characters of it; undecodable bytes of a file name
 * (lone surrogates, PEP 383) come out as the bytes they were. -1 with err when it is not a string.
 */
int object_str(struct python *, uint64_t addr, size_t max, struct buf *);

/*
 * The first characters of a str object, at most max (and 1024) of them, as code points, surrogates
 * too; how many. *length is the whole string's. -1 with err when it is not a string.
 */
ssize_t object_chars(struct python *, uint64_t addr, uint32_t *to, size_t max, uint64_t *length);

/* Appends the contents of a bytes object of at most max bytes. -1 with err. */
int object_bytes(struct python *, uint64_t addr, size_t max, struct buf *);

/* An int of at most 60 bits, and not negative. -1 with err for others. */
int object_int(struct python *, uint64_t addr, uint64_t *);

/* What a dict or an instance holds; key is the address of any object, a str for attributes. */
struct pair {
	uint64_t key, value;
};

struct pairs {
	struct pair *p;
	size_t n, cap;
};

enum { PAIRS_MAX = 1 << 20 };

/* The entries of a dict, in order of insertion. -1 with err when it is not one, or too large. */
int object_dict(struct python *, uint64_t addr, struct pairs *);

/* As object_dict(), but no more than the first max entries, deleted ones counted. */
int object_dict_head(struct python *, uint64_t addr, size_t max, struct pairs *);

/* The attributes of an instance of a Python class. -1 with err when it has none to be found. */
int object_attributes(struct python *, uint64_t addr, struct pairs *);

/* The value whose key is this ASCII str, or 0. */
uint64_t pairs_find(struct python *, const struct pairs *, const char *key);
void pairs_free(struct pairs *);

#endif
