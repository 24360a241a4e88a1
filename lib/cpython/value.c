#include "cpython/value.h"
#include "cpython/object.h"
#include "cpython/show.h"

#include <math.h>
#include <string.h>

uint64_t
show_word(struct show *s, uint64_t addr)
{
	uint64_t v;

	return python_word(s->py, addr, &v) < 0 ? 0 : v;
}

struct type
show_type(struct show *s, uint64_t addr)
{
	return *types_find(&s->vs->types, show_word(s, addr + s->py->lay.ob_type));
}

void
show_unreadable(struct show *s, uint64_t addr)
{
	buf_printf(s->to, "<unreadable at %#llx>", (unsigned long long)addr);
}

void
show_str(struct show *s, uint64_t addr)
{
	uint32_t chars[VALUE_CHARS];
	uint64_t length;
	ssize_t n = object_chars(s->py, addr, chars, VALUE_CHARS, &length);

	if (n < 0) {
		show_unreadable(s, addr);
		return;
	}
	repr_text(s->to, chars, (size_t)n, UINT32_MAX);
	if ((uint64_t)n < length)
		buf_str(s->to, "...");
}

/* The bytes of a bytes object or its like. */
static void
show_raw(struct show *s, uint64_t size, uint64_t at)
{
	uint64_t n = size < VALUE_CHARS ? size : VALUE_CHARS, i;
	unsigned char bytes[VALUE_CHARS] = {0};
	uint32_t chars[VALUE_CHARS];

	if (n && remote_read(&s->py->mem, at, bytes, n) < 0) {
		show_unreadable(s, at);
		return;
	}
	for (i = 0; i < VALUE_CHARS; i++)
		chars[i] = bytes[i];
	buf_char(s->to, 'b');
	repr_text(s->to, chars, n, 0x7f);
	if (n < size)
		buf_str(s->to, "...");
}

static void
show_bytes(struct show *s, uint64_t addr)
{
	const struct layout *l = &s->py->lay;

	show_raw(s, show_word(s, addr + l->bytes_size), addr + l->bytes_data);
}

static void
show_bytearray(struct show *s, uint64_t addr)
{
	const struct layout *l = &s->py->lay;

	buf_str(s->to, "bytearray(");
	show_raw(s, show_word(s, addr + l->bytes_size), show_word(s, addr + l->bytearray_start));
	buf_char(s->to, ')');
}

static void
show_bool(struct show *s, uint64_t addr)
{
	uint64_t v;

	buf_str(s->to, object_int(s->py, addr, &v) == 0 && v ? "True" : "False");
}

/* Too large for decimal: its first bits, and how many there are. */
static void
put_huge(struct show *s, uint64_t addr, uint64_t n)
{
	uint32_t top[3];
	unsigned long long first, bits;

	if (n > 1ull << 40 || remote_read(&s->py->mem, addr + (n - 3) * 4, top, sizeof top) < 0) {
		show_unreadable(s, addr);
		return;
	}
	first = ((unsigned long long)top[2] << 30 | (top[1] & 0x3fffffff)) & ((1ull << 60) - 1);
	bits = (n - 2) * 30 + (first ? 64 - (unsigned)__builtin_clzll(first) : 0);
	buf_printf(s->to, "%#llx... (%llu bits)", first, bits);
}

static void
show_int(struct show *s, uint64_t addr)
{
	const struct layout *l = &s->py->lay;
	uint32_t digits[VALUE_DIGITS];
	uint64_t size, n;
	bool negative;

	if (python_word(s->py, addr + l->bytes_size, &size) < 0) {
		show_unreadable(s, addr);
		return;
	}
	negative = l->long_tagged ? (size & 3) == 2 : (int64_t)size < 0;
	n = l->long_tagged ? size >> 3 : negative ? -size : size;
	if (l->long_tagged && (size & 3) == 1)
		n = 0;
	if (n <= VALUE_DIGITS && n &&
	    remote_read(&s->py->mem, addr + l->long_digits, digits, n * 4) < 0) {
		show_unreadable(s, addr);
		return;
	}
	if (negative)
		buf_char(s->to, '-');
	if (n > VALUE_DIGITS)
		put_huge(s, addr + l->long_digits, n);
	else
		repr_digits(s->to, digits, n);
}

static void
show_float(struct show *s, uint64_t addr)
{
	double v;

	if (remote_read(&s->py->mem, addr + s->py->lay.float_value, &v, sizeof v) < 0)
		show_unreadable(s, addr);
	else
		repr_double(s->to, v, true);
}

static void
show_complex(struct show *s, uint64_t addr)
{
	double v[2];
	bool imaginary;

	if (remote_read(&s->py->mem, addr + s->py->lay.complex_value, v, sizeof v) < 0) {
		show_unreadable(s, addr);
		return;
	}
	imaginary = v[0] == 0 && !signbit(v[0]);
	if (!imaginary) {
		buf_char(s->to, '(');
		repr_double(s->to, v[0], false);
		if (!signbit(v[1]) || isnan(v[1]))
			buf_char(s->to, '+');
	}
	repr_double(s->to, v[1], false);
	buf_str(s->to, imaginary ? "j" : "j)");
}

bool
show_enter(struct show *s, uint64_t addr)
{
	int i;

	for (i = 0; i < s->depth; i++) {
		if (s->path[i] == addr)
			return false;
	}
	if (s->depth == VALUE_DEPTH)
		return false;
	s->path[s->depth++] = addr;
	return true;
}

void
show_leave(struct show *s)
{
	s->depth--;
}

static bool
full(const struct show *s)
{
	return s->nodes >= VALUE_NODES || s->to->len >= s->end;
}

bool
show_next(struct show *s, uint64_t i, uint64_t n)
{
	if (i == n)
		return false;
	if (i)
		buf_str(s->to, ", ");
	if (i < VALUE_ITEMS && !full(s))
		return true;
	buf_printf(s->to, "... %llu more", (unsigned long long)(n - i));
	return false;
}

/* The n objects of an array. */
void
show_array(struct show *s, uint64_t at, uint64_t n)
{
	uint64_t i, item[VALUE_ITEMS], k = n < VALUE_ITEMS ? n : VALUE_ITEMS;

	if (k && remote_read(&s->py->mem, at, item, k * 8) < 0) {
		show_unreadable(s, at);
		return;
	}
	for (i = 0; show_next(s, i, n); i++)
		show_value(s, item[i]);
}

void
show_name(struct show *s, uint64_t str)
{
	if (!str || !type_name_str(s->py, str, s->to))
		buf_char(s->to, '?');
}

static show_fn *
shower(enum kind kind)
{
	static show_fn *const how[] = {
	    [KIND_BOOL] = show_bool,
	    [KIND_INT] = show_int,
	    [KIND_FLOAT] = show_float,
	    [KIND_COMPLEX] = show_complex,
	    [KIND_STR] = show_str,
	    [KIND_BYTES] = show_bytes,
	    [KIND_BYTEARRAY] = show_bytearray,
	    [KIND_LIST] = show_list,
	    [KIND_TUPLE] = show_tuple,
	    [KIND_DICT] = show_dict,
	    [KIND_SET] = show_set,
	    [KIND_FROZENSET] = show_set,
	    [KIND_DEQUE] = show_deque,
	    [KIND_DEFAULTDICT] = show_defaultdict,
	    [KIND_RANGE] = show_range,
	    [KIND_SLICE] = show_slice,
	    [KIND_FUNCTION] = show_function,
	    [KIND_METHOD] = show_method,
	    [KIND_BUILTIN] = show_builtin,
	    [KIND_GENERATOR] = show_generator,
	    [KIND_CODE] = show_code,
	    [KIND_MODULE] = show_module,
	    [KIND_TYPE] = show_class,
	    [KIND_EXCEPTION] = show_exception,
	    [KIND_CELL] = show_object,
	    [KIND_OTHER] = show_object,
	};

	return how[kind];
}

static const char *
constant(enum kind kind)
{
	switch (kind) {
	case KIND_NONE:
		return "None";
	case KIND_ELLIPSIS:
		return "Ellipsis";
	case KIND_NOT_IMPLEMENTED:
		return "NotImplemented";
	default:
		return NULL;
	}
}

/* Kinds whose text, within Class(...), tells what an instance of a derived class holds. */
static bool
has_contents(enum kind kind)
{
	return kind >= KIND_INT && kind <= KIND_DEFAULTDICT;
}

static void
show_object_of(struct show *s, const struct type *t, uint64_t addr)
{
	if (t->is_enum && show_member(s, addr))
		return;
	if (constant(t->kind)) {
		buf_str(s->to, constant(t->kind));
	} else if (t->kind == KIND_TUPLE && t->fields) {
		show_named_tuple(s, addr);
	} else if (t->kind == KIND_OTHER && t->fields) {
		show_dataclass(s, addr);
	} else if (t->derived && has_contents(t->kind)) {
		buf_printf(s->to, "%s(", t->name);
		shower(t->kind)(s, addr);
		buf_char(s->to, ')');
	} else {
		shower(t->kind)(s, addr);
	}
}

void
show_value(struct show *s, uint64_t addr)
{
	struct type t;
	uint64_t type;

	s->nodes++;
	if (s->vs->reads++ >= VALUES_READS) {
		buf_str(s->to, "...");
	} else if (!addr) {
		buf_str(s->to, "<NULL>");
	} else if (python_word(s->py, addr + s->py->lay.ob_type, &type) < 0) {
		show_unreadable(s, addr);
	} else {
		t = *types_find(&s->vs->types, type);
		show_object_of(s, &t, addr);
	}
}

void
value_show(struct values *vs, uint64_t addr, struct buf *to)
{
	struct show s = {.vs = vs, .py = vs->types.py, .to = to, .end = to->len + VALUE_BYTES};
	size_t before = to->len;

	if (vs->bytes >= VALUES_BYTES)
		buf_str(to, "...");
	else
		show_value(&s, addr);
	vs->bytes += to->len - before;
}

void
value_name(struct values *vs, uint64_t addr, struct buf *to)
{
	if (!addr || !type_name_str(vs->types.py, addr, to))
		buf_char(to, '?');
}

bool
value_is_cell(struct values *vs, uint64_t addr)
{
	uint64_t type;

	return python_word(vs->types.py, addr + vs->types.py->lay.ob_type, &type) == 0 &&
	       types_find(&vs->types, type)->kind == KIND_CELL;
}

void
values_free(struct values *vs)
{
	types_free(&vs->types);
	*vs = (struct values){.types.py = vs->types.py};
}
