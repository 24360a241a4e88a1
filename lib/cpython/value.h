/*
 * value: what an object is, as text, in the manner of repr() but from its memory alone.
 *
 * Nothing of the target runs, so a class that has a __repr__ of its own is not asked: what is
 * known by layout is shown as Python itself shows it (numbers, strings, bytes, containers, ranges,
 * functions, classes, modules, exceptions, enum members, named tuples, dataclasses), an instance of
 * a class derived from a built-in one as Class(value), any other as
 * "<module.Class object at 0x7f...>".
 *
 * Every value is bounded by the numbers below, however large, deep or false the object is. What is
 * left out is told: '...' behind a string that goes on, "... 7 more" in a container, [...] for what
 * lies too deep or contains itself.
 */
#ifndef CPYTHON_VALUE_H
#define CPYTHON_VALUE_H

#include "cpython/repr.h"
#include "cpython/type.h"

enum {
	VALUE_CHARS = 200, /* of a string, bytes of a bytes object */
	VALUE_DIGITS =
	    REPR_DIGITS,    /* 30-bit digits of an int: larger ones are shown as powers of two */
	VALUE_ITEMS = 20,   /* of a container */
	VALUE_DEPTH = 5,    /* containers in containers */
	VALUE_NODES = 100,  /* objects shown in one value */
	VALUE_BYTES = 2000, /* of text, more or less: after that no further item */
};

/* What is remembered of one process while its values are read. Zero but for types.py is ready. */
struct values {
	struct types types;
	uint64_t reads; /* objects looked at, in all; */
	uint64_t bytes; /* and of text */
};

/* The most of both that one struct values has; after that values are "...". */
enum { VALUES_READS = 4 << 20, VALUES_BYTES = 128 << 20 };

/* Appends the text of the object at addr. Valid UTF-8 without control characters. */
void value_show(struct values *, uint64_t addr, struct buf *);

/* Appends a str object as a name, without quotes; "?" where it is none. */
void value_name(struct values *, uint64_t addr, struct buf *);

/* True when the object is a cell, of a closure. */
bool value_is_cell(struct values *, uint64_t addr);

void values_free(struct values *);

#endif
