/*
 * show: what the parts of value.c share: where the text goes and how much more of it may be.
 */
#ifndef CPYTHON_SHOW_H
#define CPYTHON_SHOW_H

#include "cpython/value.h"

struct show {
	struct values *vs;
	struct python *py;
	struct buf *to;
	size_t end;     /* length of the text after which nothing more begins */
	unsigned nodes; /* shown */
	int depth;
	uint64_t path[VALUE_DEPTH]; /* the containers that we are in */
};

/* Shows one kind of object. */
typedef void show_fn(struct show *, uint64_t addr);

void show_value(struct show *, uint64_t addr);
void show_unreadable(struct show *, uint64_t addr);
void show_name(struct show *, uint64_t str); /* "?" where it is none */
void show_array(struct show *, uint64_t at, uint64_t n);

/* "<module.Class object at 0x...>" */
show_fn show_object;

/* A word of the target, 0 where there is none. */
uint64_t show_word(struct show *, uint64_t addr);
struct type show_type(struct show *, uint64_t addr); /* of the object at addr */

/* Enters an object that shows others; false: we are in it already, or too deep. */
bool show_enter(struct show *, uint64_t addr);
void show_leave(struct show *);

/* Before item i of n: the comma. False: no more are to be shown, which it tells. */
bool show_next(struct show *, uint64_t i, uint64_t n);

/* value.c */
show_fn show_str;

/* show_containers.c */
show_fn show_list, show_tuple, show_dict, show_set, show_deque, show_defaultdict;
show_fn show_named_tuple; /* Class(name=value) */

/* show_objects.c */
show_fn show_range, show_slice, show_function, show_method, show_builtin, show_generator, show_code,
    show_module, show_class, show_exception, show_dataclass;
bool show_member(struct show *, uint64_t addr); /* of an enum; false: it has no name */

#endif
