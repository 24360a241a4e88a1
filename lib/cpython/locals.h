/*
 * locals: the local variables of one frame, by name.
 *
 * Arguments come first, then the others, each in the order of the function; those of a closure
 * (cells and free variables) too. A variable that has no value (yet, or any more) is left out. The
 * frames of a module or a class body keep their variables elsewhere, in a dict: they have none.
 */
#ifndef CPYTHON_LOCALS_H
#define CPYTHON_LOCALS_H

#include "cpython/value.h"

/* More variables than that are counted only. */
enum { LOCALS_MAX = 256 };

struct local {
	uint32_t name, value; /* NUL-terminated, where in locals.text */
	bool argument;
};

struct locals {
	struct local *l;
	size_t n, cap;
	struct buf text;
	size_t more; /* left out because there are too many */
};

/*
 * Reads those of the frame at `frame` (PyFrameObject, from 3.11 on _PyInterpreterFrame), which runs
 * the code object at `code`. -1 with err; what was read before is kept.
 */
int locals_read(struct locals *, struct values *, uint64_t code, uint64_t frame);
void locals_free(struct locals *);

#endif
