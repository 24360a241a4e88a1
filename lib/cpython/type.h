/*
 * type: the classes of the target: their names, and what their instances look like in memory.
 *
 * What a class is called proves nothing: a Python class may have any name. A kind is that of the
 * nearest base that is written in C and has the name of a built-in one.
 */
#ifndef CPYTHON_TYPE_H
#define CPYTHON_TYPE_H

#include "base/buf.h"
#include "base/table.h"
#include "cpython/runtime.h"

enum kind {
	KIND_OTHER,
	KIND_NONE,
	KIND_ELLIPSIS,
	KIND_NOT_IMPLEMENTED,
	KIND_BOOL,
	KIND_INT,
	KIND_FLOAT,
	KIND_COMPLEX,
	KIND_STR,
	KIND_BYTES,
	KIND_BYTEARRAY,
	KIND_LIST,
	KIND_TUPLE,
	KIND_DICT,
	KIND_SET,
	KIND_FROZENSET,
	KIND_DEQUE,
	KIND_DEFAULTDICT,
	KIND_RANGE,
	KIND_SLICE,
	KIND_FUNCTION,
	KIND_METHOD,
	KIND_BUILTIN,
	KIND_GENERATOR,
	KIND_CODE,
	KIND_CELL,
	KIND_MODULE,
	KIND_TYPE,
	KIND_EXCEPTION,
};

struct type {
	enum kind kind;
	bool derived;     /* from the class that `kind` means */
	bool is_enum;     /* an instance is a member of it */
	const char *full; /* module.Outer.Class, without "builtins." */
	const char *qual; /* Outer.Class */
	const char *name; /* Class */
	uint64_t fields;  /* dict of a dataclass's fields, tuple of a named tuple's names; or 0 */
};

/* Types seen, by address, and their names. Zero but for py is ready to use. */
struct types {
	struct python *py;
	struct map index;
	struct type *type;
	size_t n, cap;
	struct arena names;
};

/* Never NULL: one that cannot be read is called "?". Valid until the next call. */
const struct type *types_find(struct types *, uint64_t addr);
void types_free(struct types *);

/* The value of a key that is an ASCII str, in a dict of a class or a module; 0: not there. */
uint64_t type_lookup(struct python *, uint64_t dict, const char *key);

/* Appends a str object without quotes and control characters. False: it is none, or empty. */
bool type_name_str(struct python *, uint64_t addr, struct buf *);

/* The same of a C string. */
void type_name_c(struct python *, uint64_t addr, struct buf *);

#endif
