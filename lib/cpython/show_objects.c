#include "cpython/object.h"
#include "cpython/show.h"

static bool
is_one(struct show *s, uint64_t addr)
{
	uint64_t v;

	return object_int(s->py, addr, &v) == 0 && v == 1;
}

/* rangeobject (Objects/rangeobject.c) begins as PySliceObject: start, stop, step. */
static void
show_three(struct show *s, uint64_t addr, bool slice)
{
	uint64_t v[3];

	if (remote_read(&s->py->mem, addr + s->py->lay.slice_start, v, sizeof v) < 0) {
		show_unreadable(s, addr);
		return;
	}
	buf_str(s->to, slice ? "slice(" : "range(");
	if (!show_enter(s, addr)) {
		buf_str(s->to, "...)");
		return;
	}
	show_value(s, v[0]);
	buf_str(s->to, ", ");
	show_value(s, v[1]);
	if (slice || !is_one(s, v[2])) {
		buf_str(s->to, ", ");
		show_value(s, v[2]);
	}
	buf_char(s->to, ')');
	show_leave(s);
}

void
show_range(struct show *s, uint64_t addr)
{
	show_three(s, addr, false);
}

void
show_slice(struct show *s, uint64_t addr)
{
	show_three(s, addr, true);
}

/* Functions, classes, modules. */

static void
show_at(struct show *s, const char *what, uint64_t name, uint64_t addr)
{
	buf_printf(s->to, "<%s ", what);
	show_name(s, name);
	buf_printf(s->to, " at %#llx", (unsigned long long)addr);
}

void
show_function(struct show *s, uint64_t addr)
{
	show_at(s, "function", show_word(s, addr + s->py->lay.fn_qualname), addr);
	buf_char(s->to, '>');
}

void
show_generator(struct show *s, uint64_t addr)
{
	struct type t = show_type(s, addr); /* coroutine, async_generator */

	buf_printf(s->to, "<%s object ", t.full);
	show_name(s, show_word(s, addr + s->py->lay.gen_qualname));
	buf_printf(s->to, " at %#llx>", (unsigned long long)addr);
}

void
show_class(struct show *s, uint64_t addr)
{
	const struct type *t = types_find(&s->vs->types, addr);

	if (t->is_enum)
		buf_printf(s->to, "<enum '%s'>", t->name);
	else
		buf_printf(s->to, "<class '%s'>", t->full);
}

void
show_method(struct show *s, uint64_t addr)
{
	const struct layout *l = &s->py->lay;
	uint64_t function = show_word(s, addr + l->method_function);
	bool python = show_type(s, function).kind == KIND_FUNCTION;

	buf_str(s->to, "<bound method ");
	show_name(s, python ? show_word(s, function + l->fn_qualname) : 0);
	buf_str(s->to, " of ");
	if (show_enter(s, addr)) {
		show_value(s, show_word(s, addr + l->method_self));
		show_leave(s);
	} else {
		buf_str(s->to, "...");
	}
	buf_char(s->to, '>');
}

/* A function or method of C: PyMethodDef begins with its name. */
void
show_builtin(struct show *s, uint64_t addr)
{
	const struct layout *l = &s->py->lay;
	uint64_t self = show_word(s, addr + l->builtin_self);
	bool method = self && show_type(s, self).kind != KIND_MODULE;

	buf_str(s->to, method ? "<built-in method " : "<built-in function ");
	type_name_c(s->py, show_word(s, show_word(s, addr + l->builtin_def)), s->to);
	if (method)
		buf_printf(s->to, " of %s object at %#llx", show_type(s, self).full,
		           (unsigned long long)self);
	buf_char(s->to, '>');
}

void
show_code(struct show *s, uint64_t addr)
{
	const struct layout *l = &s->py->lay;

	show_at(s, "code object", show_word(s, addr + l->co_name), addr);
	buf_str(s->to, ", file \"");
	show_name(s, show_word(s, addr + l->co_filename));
	buf_printf(s->to, "\", line %d>", (int)show_word(s, addr + l->co_firstlineno));
}

void
show_module(struct show *s, uint64_t addr)
{
	uint64_t dict = show_word(s, addr + s->py->lay.module_dict);
	uint64_t name = type_lookup(s->py, dict, "__name__"),
	         file = type_lookup(s->py, dict, "__file__");

	buf_str(s->to, "<module ");
	if (name)
		show_str(s, name);
	else
		buf_char(s->to, '?');
	if (file && show_type(s, file).kind == KIND_STR) {
		buf_str(s->to, " from ");
		show_str(s, file);
	}
	buf_char(s->to, '>');
}

void
show_exception(struct show *s, uint64_t addr)
{
	struct type t = show_type(s, addr);
	const struct layout *l = &s->py->lay;
	uint64_t args = show_word(s, addr + l->exc_args);

	buf_printf(s->to, "%s(", t.name);
	if (show_enter(s, addr)) {
		show_array(s, args + l->tuple_items, args ? show_word(s, args + l->bytes_size) : 0);
		show_leave(s);
	} else {
		buf_str(s->to, "...");
	}
	buf_char(s->to, ')');
}

/* Instances of Python classes. */

/* A member of an enumeration: false where it has no name (a combination of flags). */
bool
show_member(struct show *s, uint64_t addr)
{
	struct type t = show_type(s, addr);
	struct pairs pairs = {0};
	uint64_t name = 0, value = 0;

	if (object_attributes(s->py, addr, &pairs) == 0) {
		name = pairs_find(s->py, &pairs, "_name_");
		value = pairs_find(s->py, &pairs, "_value_");
	}
	pairs_free(&pairs);
	if (!name || show_type(s, name).kind != KIND_STR || !value || !show_enter(s, addr))
		return false;
	buf_printf(s->to, "<%s.", t.name);
	show_name(s, name);
	buf_str(s->to, ": ");
	show_value(s, value);
	buf_char(s->to, '>');
	show_leave(s);
	return true;
}

void
show_object(struct show *s, uint64_t addr)
{
	struct type t = show_type(s, addr);
	buf_printf(s->to, "<%s object at %#llx>", t.full, (unsigned long long)addr);
}

/* The value of the attribute whose name is this very object: names are interned. */
static uint64_t
attribute(const struct pairs *pairs, uint64_t name)
{
	size_t i;

	for (i = 0; i < pairs->n && pairs->p[i].key != name; i++)
		;
	return i < pairs->n ? pairs->p[i].value : 0;
}

/* The fields that are attributes of the instance, in the order of the class. */
static void
show_fields(struct show *s, const struct pairs *fields, const struct pairs *own)
{
	uint64_t i, n = 0, k = 0, v;

	for (i = 0; i < fields->n; i++)
		n += attribute(own, fields->p[i].key) != 0;
	for (i = 0; i < fields->n; i++) {
		v = attribute(own, fields->p[i].key);
		if (!v)
			continue;
		if (!show_next(s, k++, n))
			break;
		show_name(s, fields->p[i].key);
		buf_char(s->to, '=');
		show_value(s, v);
	}
}

void
show_dataclass(struct show *s, uint64_t addr)
{
	struct type t = show_type(s, addr);
	enum { FIELDS_MAX = 256 };
	struct pairs fields = {0}, own = {0};

	if (object_dict_head(s->py, t.fields, FIELDS_MAX, &fields) < 0 ||
	    object_attributes(s->py, addr, &own) < 0 || own.n > FIELDS_MAX) {
		show_object(s, addr);
	} else if (!show_enter(s, addr)) {
		buf_printf(s->to, "%s(...)", t.qual);
	} else {
		buf_printf(s->to, "%s(", t.qual);
		show_fields(s, &fields, &own);
		buf_char(s->to, ')');
		show_leave(s);
	}
	pairs_free(&fields);
	pairs_free(&own);
}
