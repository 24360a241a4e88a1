#include "cpython/type.h"
#include "cpython/object.h"
#include "cpython/repr.h"

#include <stdlib.h>
#include <string.h>

/* Flags of a type, Include/object.h. */
enum { HEAPTYPE = 9, IMMUTABLE = 8, TYPE_SUBCLASS = 31, EXCEPTION_SUBCLASS = 30 };

enum { BASES_MAX = 32, NAME_CHARS = 200, TYPES_MAX = 1 << 14 };

/* Appends a C string of the target, which may end a page. */
void
type_name_c(struct python *py, uint64_t addr, struct buf *to)
{
	enum { AT_ONCE = 32 };
	char text[AT_ONCE];
	size_t n, i, k;

	for (n = 0; n < NAME_CHARS; n += k) {
		k = AT_ONCE - (addr + n) % AT_ONCE;
		if (!addr || remote_read(&py->mem, addr + n, text, k) < 0)
			return;
		for (i = 0; i < k && text[i]; i++)
			buf_char(to, text[i] > 0x20 && text[i] < 0x7f ? text[i] : '?');
		if (i < k)
			return;
	}
}

/* Appends a str object as a name, without quotes. False: it is none. */
bool
type_name_str(struct python *py, uint64_t addr, struct buf *to)
{
	uint32_t chars[NAME_CHARS];
	uint64_t length;
	ssize_t i, n = addr ? object_chars(py, addr, chars, NAME_CHARS, &length) : -1;

	for (i = 0; i < n; i++)
		repr_char(to, chars[i], 0, UINT32_MAX);
	return n > 0;
}

/* In the dict of a type or a module. 0: not there. */
uint64_t
type_lookup(struct python *py, uint64_t dict, const char *key)
{
	struct pairs pairs = {0};
	uint64_t v = 0;

	if (dict && object_dict_head(py, dict, 4096, &pairs) == 0)
		v = pairs_find(py, &pairs, key);
	pairs_free(&pairs);
	return v;
}

static enum kind
kind_by_name(const char *name)
{
	static const struct {
		const char *name;
		enum kind kind;
	} kinds[] = {
	    {"NoneType", KIND_NONE},
	    {"ellipsis", KIND_ELLIPSIS},
	    {"NotImplementedType", KIND_NOT_IMPLEMENTED},
	    {"bool", KIND_BOOL},
	    {"int", KIND_INT},
	    {"float", KIND_FLOAT},
	    {"complex", KIND_COMPLEX},
	    {"str", KIND_STR},
	    {"bytes", KIND_BYTES},
	    {"bytearray", KIND_BYTEARRAY},
	    {"list", KIND_LIST},
	    {"tuple", KIND_TUPLE},
	    {"dict", KIND_DICT},
	    {"collections.OrderedDict", KIND_DICT},
	    {"set", KIND_SET},
	    {"frozenset", KIND_FROZENSET},
	    {"collections.deque", KIND_DEQUE},
	    {"collections.defaultdict", KIND_DEFAULTDICT},
	    {"range", KIND_RANGE},
	    {"slice", KIND_SLICE},
	    {"function", KIND_FUNCTION},
	    {"method", KIND_METHOD},
	    {"builtin_function_or_method", KIND_BUILTIN},
	    {"generator", KIND_GENERATOR},
	    {"coroutine", KIND_GENERATOR},
	    {"async_generator", KIND_GENERATOR},
	    {"code", KIND_CODE},
	    {"cell", KIND_CELL},
	    {"module", KIND_MODULE},
	    {"type", KIND_TYPE},
	    {"BaseException", KIND_EXCEPTION},
	};
	size_t i;

	for (i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (!strcmp(kinds[i].name, name))
			return kinds[i].kind;
	}
	return KIND_OTHER;
}

/* An OrderedDict's memory is a dict's, as far as we look. */
static void
read_kind(struct type *t)
{
	t->kind = kind_by_name(t->full);
	t->derived = t->kind == KIND_DICT && strcmp(t->full, "dict") != 0;
}

static const struct type *find(struct types *, uint64_t addr, int depth);

/* The name as Python prints it: module and qualified name, but for built-in ones. */
static void
add_full_name(struct types *ts, uint64_t addr, uint64_t flags, struct buf *to, size_t *qual)
{
	const struct layout *l = &ts->py->lay;
	uint64_t name = 0, dict = 0;

	*qual = 0;
	if (flags >> HEAPTYPE & 1 && python_word(ts->py, addr + l->heap_qualname, &name) == 0 &&
	    python_word(ts->py, addr + l->type_dict, &dict) == 0) {
		if (type_name_str(ts->py, type_lookup(ts->py, dict, "__module__"), to) &&
		    (to->len != 8 || memcmp(to->p, "builtins", 8) != 0))
			buf_char(to, '.');
		else
			to->len = 0;
		*qual = to->len;
		if (type_name_str(ts->py, name, to))
			return;
	}
	to->len = 0;
	if (python_word(ts->py, addr + l->type_name, &name) == 0)
		type_name_c(ts->py, name, to);
	*qual = to->len && memrchr(to->p, '.', to->len)
	            ? (size_t)((char *)memrchr(to->p, '.', to->len) - to->p) + 1
	            : 0;
}

static void
name_type(struct types *ts, struct type *t, uint64_t addr, uint64_t flags)
{
	struct buf text = {0};
	const char *dot;
	size_t qual;

	add_full_name(ts, addr, flags, &text, &qual);
	if (text.len > qual) {
		t->full = arena_str(&ts->names, text.p, text.len);
		t->qual = t->full + qual;
		dot = strrchr(t->qual, '.');
		t->name = dot ? dot + 1 : t->qual;
	}
	buf_free(&text);
}

/* What makes a Python class special: an enumeration, named fields. */
static void
specialise(struct types *ts, struct type *t, uint64_t addr, int depth)
{
	const struct layout *l = &ts->py->lay;
	const struct type *meta;
	uint64_t v, dict;

	if (python_word(ts->py, addr + l->ob_type, &v) < 0 ||
	    python_word(ts->py, addr + l->type_dict, &dict) < 0)
		return;
	meta = v == addr ? NULL : find(ts, v, depth + 1);
	t->is_enum =
	    meta && (!strcmp(meta->full, "enum.EnumMeta") || !strcmp(meta->full, "enum.EnumType"));
	if (t->kind == KIND_TUPLE)
		t->fields = type_lookup(ts->py, dict, "_fields");
	else if (t->kind == KIND_OTHER)
		t->fields = type_lookup(ts->py, dict, "__dataclass_fields__");
}

static struct type
read_type(struct types *ts, uint64_t addr, int depth)
{
	const struct layout *l = &ts->py->lay;
	struct type t = {.full = "?", .qual = "?", .name = "?"};
	const struct type *base = NULL;
	uint64_t flags, v;

	if (python_word(ts->py, addr + l->type_flags, &flags) < 0)
		return t;
	name_type(ts, &t, addr, flags);
	if (!(flags >> HEAPTYPE & 1) || flags >> IMMUTABLE & 1)
		read_kind(&t);
	else if (depth < BASES_MAX && python_word(ts->py, addr + l->type_base, &v) == 0 && v)
		base = find(ts, v, depth + 1);
	if (base) {
		t.derived = true;
		t.kind = base->kind;
		t.fields = base->fields;
		v = t.fields;
		specialise(ts, &t, addr, depth);
		t.fields = t.fields ? t.fields : v;
	}
	if (flags >> TYPE_SUBCLASS & 1)
		t.kind = KIND_TYPE;
	if (flags >> EXCEPTION_SUBCLASS & 1)
		t.kind = KIND_EXCEPTION;
	return t;
}

/* Never NULL. Valid until the next call. */
static const struct type *
find(struct types *ts, uint64_t addr, int depth)
{
	static const struct type unknown = {.full = "?", .qual = "?", .name = "?"};
	uint32_t *at = map_find(&ts->index, addr);
	struct type t;
	bool fresh;

	if (at)
		return &ts->type[*at];
	if (ts->n == TYPES_MAX || depth > BASES_MAX)
		return &unknown;
	t = read_type(ts, addr, depth);
	at = map_put(&ts->index, addr, &fresh);
	if (fresh) {
		ts->type = mem_room(ts->type, ts->n, &ts->cap, sizeof *ts->type);
		ts->type[ts->n] = t;
		*at = (uint32_t)ts->n++;
	}
	return &ts->type[*at];
}

const struct type *
types_find(struct types *ts, uint64_t addr)
{
	return find(ts, addr, 0);
}

void
types_free(struct types *ts)
{
	map_free(&ts->index);
	free(ts->type);
	arena_free(&ts->names);
	*ts = (struct types){.py = ts->py};
}
