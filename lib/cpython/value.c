#include "cpython/value.h"
#include "base/utf8.h"
#include "cpython/object.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

struct value_type {
	enum kind kind;
	bool derived;     /* from the class that `kind` means */
	bool is_enum;     /* an instance is a member of it */
	const char *full; /* module.Outer.Class, without "builtins." */
	const char *qual; /* Outer.Class */
	const char *name; /* Class */
	uint64_t fields;  /* dict of a dataclass's fields, tuple of a named tuple's names; or 0 */
};

/* Flags of a type, Include/object.h. */
enum { HEAPTYPE = 9, IMMUTABLE = 8, TYPE_SUBCLASS = 31, EXCEPTION_SUBCLASS = 30 };

enum { BASES_MAX = 32, NAME_CHARS = 200, TYPES_MAX = 1 << 14 };

struct show {
	struct values *vs;
	struct python *py;
	struct buf *to;
	size_t end;     /* length of the text after which nothing more begins */
	unsigned nodes; /* shown */
	int depth;
	uint64_t path[VALUE_DEPTH]; /* the containers that we are in */
};

static void show(struct show *, uint64_t addr);

static uint64_t
word(struct show *s, uint64_t addr)
{
	uint64_t v;

	return python_word(s->py, addr, &v) < 0 ? 0 : v;
}

/* Text: quotes and escapes as repr() has them. */

/*
 * Whether repr() prints a character beyond ASCII as it is: not controls, separators, formats,
 * surrogates, private use. Unassigned ones, which no list of ours could keep up with, count as
 * printable.
 */
static bool
is_printable(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} not [] = {
	    {0x7f, 0xa0},       {0xad, 0xad},       {0x600, 0x605},        {0x61c, 0x61c},
	    {0x6dd, 0x6dd},     {0x70f, 0x70f},     {0x1680, 0x1680},      {0x180e, 0x180e},
	    {0x2000, 0x200f},   {0x2028, 0x202f},   {0x205f, 0x206f},      {0x3000, 0x3000},
	    {0xd800, 0xf8ff},   {0xfeff, 0xfeff},   {0xfff0, 0xfffb},      {0xfffe, 0xffff},
	    {0x1d173, 0x1d17a}, {0xe0000, 0xe00ff}, {0xe01f0, UINT32_MAX},
	};
	size_t i;

	for (i = 0; i < sizeof not / sizeof *not ; i++) {
		if (c >= not [i].first && c <= not [i].last)
			return false;
	}
	return c >= 0x20;
}

/* One character between quotes; those from `limit` on are escaped. */
static void
put_char(struct buf *to, uint32_t c, char quote, uint32_t limit)
{
	const char *plain = c < 0x80 ? memchr("\t\n\r\\", (int)c, 4) : NULL;
	char utf8[4];

	if (c == (unsigned char)quote || (plain && c)) {
		buf_char(to, '\\');
		buf_char(to, plain ? "tnr\\"[strcspn("\t\n\r\\", (char[]){(char)c, 0})] : quote);
	} else if (c < limit && is_printable(c)) {
		buf_add(to, utf8, utf8_put(c, utf8));
	} else {
		buf_printf(to, c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x", c);
	}
}

/* Single quotes, unless only those are inside. */
static void
quote_chars(struct buf *to, const uint32_t *c, size_t n, uint32_t limit)
{
	bool one = false, two = false;
	char quote;
	size_t i;

	for (i = 0; i < n; i++) {
		one |= c[i] == '\'';
		two |= c[i] == '"';
	}
	quote = one && !two ? '"' : '\'';
	buf_char(to, quote);
	for (i = 0; i < n; i++)
		put_char(to, c[i], quote, limit);
	buf_char(to, quote);
}

static void
unreadable(struct show *s, uint64_t addr)
{
	buf_printf(s->to, "<unreadable at %#llx>", (unsigned long long)addr);
}

static void
show_str(struct show *s, uint64_t addr)
{
	uint32_t chars[VALUE_CHARS];
	uint64_t length;
	ssize_t n = object_chars(s->py, addr, chars, VALUE_CHARS, &length);

	if (n < 0) {
		unreadable(s, addr);
		return;
	}
	quote_chars(s->to, chars, (size_t)n, UINT32_MAX);
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
		unreadable(s, at);
		return;
	}
	for (i = 0; i < VALUE_CHARS; i++)
		chars[i] = bytes[i];
	buf_char(s->to, 'b');
	quote_chars(s->to, chars, n, 0x7f);
	if (n < size)
		buf_str(s->to, "...");
}

/* Numbers. */

/* Divides the n 30-bit digits by 10^9; the remainder. */
static uint32_t
divide(uint32_t *digits, size_t n)
{
	uint64_t rest = 0;

	while (n-- > 0) {
		rest = rest << 30 | digits[n];
		digits[n] = (uint32_t)(rest / 1000000000);
		rest %= 1000000000;
	}
	return (uint32_t)rest;
}

static void
put_digits(struct buf *to, uint32_t *digits, size_t n)
{
	uint32_t groups[VALUE_DIGITS + 2];
	size_t k = 0;

	while (n && !digits[n - 1])
		n--;
	do {
		groups[k++] = divide(digits, n);
		while (n && !digits[n - 1])
			n--;
	} while (n && k < sizeof groups / sizeof *groups);
	buf_printf(to, "%u", groups[--k]);
	while (k-- > 0)
		buf_printf(to, "%09u", groups[k]);
}

/* Too large for decimal: its first bits, and how many there are. */
static void
put_huge(struct show *s, uint64_t addr, uint64_t n)
{
	uint32_t top[3];
	unsigned long long first, bits;

	if (n > 1ull << 40 || remote_read(&s->py->mem, addr + (n - 3) * 4, top, sizeof top) < 0) {
		unreadable(s, addr);
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
		unreadable(s, addr);
		return;
	}
	negative = l->long_tagged ? (size & 3) == 2 : (int64_t)size < 0;
	n = l->long_tagged ? size >> 3 : negative ? -size : size;
	if (l->long_tagged && (size & 3) == 1)
		n = 0;
	if (n <= VALUE_DIGITS && n &&
	    remote_read(&s->py->mem, addr + l->long_digits, digits, n * 4) < 0) {
		unreadable(s, addr);
		return;
	}
	if (negative)
		buf_char(s->to, '-');
	if (n > VALUE_DIGITS)
		put_huge(s, addr + l->long_digits, n);
	else
		put_digits(s->to, digits, n);
}

/* As repr() has it: the fewest digits that give the same number again (PEP 3101, 'r'). */
static void
put_double(struct buf *to, double v, bool point)
{
	char digits[40], *e;
	int precision, exponent;

	if (!isfinite(v)) {
		buf_str(to, isnan(v) ? "nan" : v < 0 ? "-inf" : "inf");
		return;
	}
	for (precision = 0; precision < 17; precision++) {
		snprintf(digits, sizeof digits, "%.*e", precision, v);
		if (strtod(digits, NULL) == v)
			break;
	}
	e = strchr(digits, 'e');
	exponent = atoi(e + 1);
	if (exponent >= -4 && exponent < 16) {
		buf_printf(to, "%.*f", precision > exponent ? precision - exponent : 0, v);
		if (precision <= exponent && point)
			buf_str(to, ".0");
	} else {
		buf_str(to, digits);
	}
}

static void
show_float(struct show *s, uint64_t addr)
{
	double v;

	if (remote_read(&s->py->mem, addr + s->py->lay.float_value, &v, sizeof v) < 0)
		unreadable(s, addr);
	else
		put_double(s->to, v, true);
}

static void
show_complex(struct show *s, uint64_t addr)
{
	double v[2];
	bool imaginary;

	if (remote_read(&s->py->mem, addr + s->py->lay.complex_value, v, sizeof v) < 0) {
		unreadable(s, addr);
		return;
	}
	imaginary = v[0] == 0 && !signbit(v[0]);
	if (!imaginary) {
		buf_char(s->to, '(');
		put_double(s->to, v[0], false);
		if (!signbit(v[1]) || isnan(v[1]))
			buf_char(s->to, '+');
	}
	put_double(s->to, v[1], false);
	buf_str(s->to, imaginary ? "j" : "j)");
}

/* Types. */

/* Appends a C string of the target, which may end a page. */
static void
add_c_string(struct values *vs, uint64_t addr, struct buf *to)
{
	enum { AT_ONCE = 32 };
	char text[AT_ONCE];
	size_t n, i, k;

	for (n = 0; n < NAME_CHARS; n += k) {
		k = AT_ONCE - (addr + n) % AT_ONCE;
		if (!addr || remote_read(&vs->py->mem, addr + n, text, k) < 0)
			return;
		for (i = 0; i < k && text[i]; i++)
			buf_char(to, text[i] > 0x20 && text[i] < 0x7f ? text[i] : '?');
		if (i < k)
			return;
	}
}

/* Appends a str object as a name, without quotes. False: it is none. */
static bool
add_name(struct values *vs, uint64_t addr, struct buf *to)
{
	uint32_t chars[NAME_CHARS];
	uint64_t length;
	ssize_t i, n = addr ? object_chars(vs->py, addr, chars, NAME_CHARS, &length) : -1;

	for (i = 0; i < n; i++)
		put_char(to, chars[i], 0, UINT32_MAX);
	return n > 0;
}

static void
show_name(struct show *s, uint64_t addr)
{
	value_name(s->vs, addr, s->to);
}

/* In the dict of a type or a module. 0: not there. */
static uint64_t
lookup(struct values *vs, uint64_t dict, const char *key)
{
	struct pairs pairs = {0};
	uint64_t v = 0;

	if (dict && object_dict_head(vs->py, dict, 4096, &pairs) == 0)
		v = pairs_find(vs->py, &pairs, key);
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
read_kind(struct value_type *t)
{
	t->kind = kind_by_name(t->full);
	t->derived = t->kind == KIND_DICT && strcmp(t->full, "dict") != 0;
}

static const struct value_type *find_type(struct values *, uint64_t addr, int depth);

/* The name as Python prints it: module and qualified name, but for built-in ones. */
static void
add_full_name(struct values *vs, uint64_t addr, uint64_t flags, struct buf *to, size_t *qual)
{
	const struct layout *l = &vs->py->lay;
	uint64_t name = 0, dict = 0;

	*qual = 0;
	if (flags >> HEAPTYPE & 1 && python_word(vs->py, addr + l->heap_qualname, &name) == 0 &&
	    python_word(vs->py, addr + l->type_dict, &dict) == 0) {
		if (add_name(vs, lookup(vs, dict, "__module__"), to) &&
		    (to->len != 8 || memcmp(to->p, "builtins", 8) != 0))
			buf_char(to, '.');
		else
			to->len = 0;
		*qual = to->len;
		if (add_name(vs, name, to))
			return;
	}
	to->len = 0;
	if (python_word(vs->py, addr + l->type_name, &name) == 0)
		add_c_string(vs, name, to);
	*qual = to->len && memrchr(to->p, '.', to->len)
	            ? (size_t)((char *)memrchr(to->p, '.', to->len) - to->p) + 1
	            : 0;
}

static void
name_type(struct values *vs, struct value_type *t, uint64_t addr, uint64_t flags)
{
	struct buf text = {0};
	const char *dot;
	size_t qual;

	add_full_name(vs, addr, flags, &text, &qual);
	if (text.len > qual) {
		t->full = arena_str(&vs->names, text.p, text.len);
		t->qual = t->full + qual;
		dot = strrchr(t->qual, '.');
		t->name = dot ? dot + 1 : t->qual;
	}
	buf_free(&text);
}

/* What makes a Python class special: an enumeration, named fields. */
static void
specialise(struct values *vs, struct value_type *t, uint64_t addr, int depth)
{
	const struct layout *l = &vs->py->lay;
	const struct value_type *meta;
	uint64_t v, dict;

	if (python_word(vs->py, addr + l->ob_type, &v) < 0 ||
	    python_word(vs->py, addr + l->type_dict, &dict) < 0)
		return;
	meta = v == addr ? NULL : find_type(vs, v, depth + 1);
	t->is_enum =
	    meta && (!strcmp(meta->full, "enum.EnumMeta") || !strcmp(meta->full, "enum.EnumType"));
	if (t->kind == KIND_TUPLE)
		t->fields = lookup(vs, dict, "_fields");
	else if (t->kind == KIND_OTHER)
		t->fields = lookup(vs, dict, "__dataclass_fields__");
}

static struct value_type
read_type(struct values *vs, uint64_t addr, int depth)
{
	const struct layout *l = &vs->py->lay;
	struct value_type t = {.full = "?", .qual = "?", .name = "?"};
	const struct value_type *base = NULL;
	uint64_t flags, v;

	if (python_word(vs->py, addr + l->type_flags, &flags) < 0)
		return t;
	name_type(vs, &t, addr, flags);
	if (!(flags >> HEAPTYPE & 1) || flags >> IMMUTABLE & 1)
		read_kind(&t);
	else if (depth < BASES_MAX && python_word(vs->py, addr + l->type_base, &v) == 0 && v)
		base = find_type(vs, v, depth + 1);
	if (base) {
		t.derived = true;
		t.kind = base->kind;
		t.fields = base->fields;
		v = t.fields;
		specialise(vs, &t, addr, depth);
		t.fields = t.fields ? t.fields : v;
	}
	if (flags >> TYPE_SUBCLASS & 1)
		t.kind = KIND_TYPE;
	if (flags >> EXCEPTION_SUBCLASS & 1)
		t.kind = KIND_EXCEPTION;
	return t;
}

/* Never NULL. Valid until the next call. */
static const struct value_type *
find_type(struct values *vs, uint64_t addr, int depth)
{
	static const struct value_type unknown = {.full = "?", .qual = "?", .name = "?"};
	uint32_t *at = map_find(&vs->index, addr);
	struct value_type t;
	bool fresh;

	if (at)
		return &vs->type[*at];
	if (vs->n == TYPES_MAX || depth > BASES_MAX)
		return &unknown;
	t = read_type(vs, addr, depth);
	at = map_put(&vs->index, addr, &fresh);
	if (fresh) {
		vs->type = mem_room(vs->type, vs->n, &vs->cap, sizeof *vs->type);
		vs->type[vs->n] = t;
		*at = (uint32_t)vs->n++;
	}
	return &vs->type[*at];
}

static struct value_type
type_of(struct show *s, uint64_t addr)
{
	return *find_type(s->vs, word(s, addr + s->py->lay.ob_type), 0);
}

/* Containers. */

/* Enters a container; false: it is in itself, or too deep. */
static bool
enter(struct show *s, uint64_t addr)
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

static void
leave(struct show *s)
{
	s->depth--;
}

static bool
full(const struct show *s)
{
	return s->nodes >= VALUE_NODES || s->to->len >= s->end;
}

/* Before item i of n: the comma. False: no more of them are to be shown, which it tells. */
static bool
next_item(struct show *s, uint64_t i, uint64_t n)
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
static void
show_array(struct show *s, uint64_t at, uint64_t n)
{
	uint64_t i, item[VALUE_ITEMS], k = n < VALUE_ITEMS ? n : VALUE_ITEMS;

	if (k && remote_read(&s->py->mem, at, item, k * 8) < 0) {
		unreadable(s, at);
		return;
	}
	for (i = 0; next_item(s, i, n); i++)
		show(s, item[i]);
}

static void
show_list(struct show *s, uint64_t addr)
{
	const struct layout *l = &s->py->lay;

	if (!enter(s, addr)) {
		buf_str(s->to, "[...]");
		return;
	}
	buf_char(s->to, '[');
	show_array(s, word(s, addr + l->list_items), word(s, addr + l->bytes_size));
	buf_char(s->to, ']');
	leave(s);
}

static void
show_tuple(struct show *s, uint64_t addr)
{
	const struct layout *l = &s->py->lay;
	uint64_t n = word(s, addr + l->bytes_size);

	if (!enter(s, addr)) {
		buf_str(s->to, "(...)");
		return;
	}
	buf_char(s->to, '(');
	show_array(s, addr + l->tuple_items, n);
	buf_str(s->to, n == 1 ? ",)" : ")");
	leave(s);
}

/* "name=value" for each of the names that has one. */
static void
show_named_tuple(struct show *s, const struct value_type *t, uint64_t addr)
{
	const struct layout *l = &s->py->lay;
	uint64_t n = word(s, addr + l->bytes_size), i;

	buf_printf(s->to, "%s(", t->name);
	if (word(s, t->fields + l->bytes_size) < n || !enter(s, addr)) {
		buf_str(s->to, "...)");
		return;
	}
	for (i = 0; next_item(s, i, n); i++) {
		show_name(s, word(s, t->fields + l->tuple_items + i * 8));
		buf_char(s->to, '=');
		show(s, word(s, addr + l->tuple_items + i * 8));
	}
	buf_char(s->to, ')');
	leave(s);
}

static void
show_dict(struct show *s, uint64_t addr)
{
	/* Deleted entries stand among the others. */
	enum { LOOK_AT = 16 * VALUE_ITEMS };
	struct pairs pairs = {0};
	uint64_t used = word(s, addr + s->py->lay.dict_used), i;

	if (!enter(s, addr)) {
		buf_str(s->to, "{...}");
		return;
	}
	if (object_dict_head(s->py, addr, LOOK_AT, &pairs) < 0) {
		unreadable(s, addr);
	} else {
		buf_char(s->to, '{');
		for (i = 0; i < pairs.n && next_item(s, i, used); i++) {
			show(s, pairs.p[i].key);
			buf_str(s->to, ": ");
			show(s, pairs.p[i].value);
		}
		if (i == pairs.n && i < used)
			buf_printf(s->to, "%s... %llu more", i ? ", " : "",
			           (unsigned long long)(used - i));
		buf_char(s->to, '}');
	}
	pairs_free(&pairs);
	leave(s);
}

/* The next used entry of a set's table from *at on, or 0. Deleted ones have the hash -1. */
static uint64_t
next_of_set(struct show *s, uint64_t table, uint64_t slots, uint64_t *at)
{
	uint64_t entry[2]; /* key, hash */

	while (*at < slots && s->vs->reads++ < VALUES_READS) {
		if (remote_read(&s->py->mem, table + 16 * (*at)++, entry, sizeof entry) < 0)
			return 0;
		if (entry[0] && entry[1] != UINT64_MAX)
			return entry[0];
	}
	return 0;
}

static void
show_set(struct show *s, const struct value_type *t, uint64_t addr)
{
	enum { LOOK_AT = 4096 };
	const struct layout *l = &s->py->lay;
	uint64_t n = word(s, addr + l->set_used), table = word(s, addr + l->set_table), at = 0, i;
	uint64_t slots = word(s, addr + l->set_mask) + 1, key;
	bool frozen = t->kind == KIND_FROZENSET;

	if (!n || !enter(s, addr)) {
		buf_str(s->to, n ? "{...}" : frozen ? "frozenset()" : "set()");
		return;
	}
	slots = slots < LOOK_AT ? slots : LOOK_AT;
	buf_str(s->to, frozen ? "frozenset({" : "{");
	for (i = 0; next_item(s, i, n); i++) {
		key = next_of_set(s, table, slots, &at);
		if (!key) {
			buf_printf(s->to, "... %llu more", (unsigned long long)(n - i));
			break;
		}
		show(s, key);
	}
	buf_str(s->to, frozen ? "})" : "}");
	leave(s);
}

/*
 * dequeobject, Modules/_collectionsmodule.c: behind the size word the left block, the right block,
 * the index in the left one, the index in the right one, a counter, maxlen (-1 none). A block is 64
 * objects between two links. The same from 3.8 to 3.15.
 */
static void
show_deque(struct show *s, uint64_t addr)
{
	enum { BLOCK = 64, SLOTS = 8, RIGHT = 8 + 8 * BLOCK };
	uint64_t head[7], block, index, i; /* size first */

	if (!enter(s, addr)) {
		buf_str(s->to, "[...]");
		return;
	}
	buf_str(s->to, "deque([");
	if (remote_read(&s->py->mem, addr + s->py->lay.bytes_size, head, sizeof head) < 0)
		memset(head, 0, sizeof head);
	block = head[1];
	index = head[3];
	for (i = 0; next_item(s, i, head[0]); i++, index++) {
		if (index >= BLOCK) {
			block = word(s, block + RIGHT);
			index = 0;
		}
		show(s, word(s, block + SLOTS + 8 * index));
	}
	buf_char(s->to, ']');
	if ((int64_t)head[6] >= 0)
		buf_printf(s->to, ", maxlen=%llu", (unsigned long long)head[6]);
	buf_char(s->to, ')');
	leave(s);
}

/* PyObject *default_factory follows the dict, Modules/_collectionsmodule.c. */
static void
show_defaultdict(struct show *s, uint64_t addr)
{
	uint64_t factory = word(s, addr + s->py->lay.dict_values + 8);

	buf_str(s->to, "defaultdict(");
	if (factory)
		show(s, factory);
	else
		buf_str(s->to, "None");
	buf_str(s->to, ", ");
	show_dict(s, addr);
	buf_char(s->to, ')');
}

static bool
is_one(struct show *s, uint64_t addr)
{
	uint64_t v;

	return object_int(s->py, addr, &v) == 0 && v == 1;
}

/* rangeobject (Objects/rangeobject.c) begins as PySliceObject: start, stop, step. */
static void
show_range(struct show *s, uint64_t addr, bool slice)
{
	uint64_t v[3];

	if (remote_read(&s->py->mem, addr + s->py->lay.slice_start, v, sizeof v) < 0 ||
	    !enter(s, addr)) {
		unreadable(s, addr);
		return;
	}
	buf_str(s->to, slice ? "slice(" : "range(");
	show(s, v[0]);
	buf_str(s->to, ", ");
	show(s, v[1]);
	if (slice || !is_one(s, v[2])) {
		buf_str(s->to, ", ");
		show(s, v[2]);
	}
	buf_char(s->to, ')');
	leave(s);
}

/* Functions, classes, modules. */

static void
show_at(struct show *s, const char *what, uint64_t name, uint64_t addr)
{
	buf_printf(s->to, "<%s ", what);
	show_name(s, name);
	buf_printf(s->to, " at %#llx", (unsigned long long)addr);
}

static void
show_method(struct show *s, uint64_t addr)
{
	const struct layout *l = &s->py->lay;
	uint64_t function = word(s, addr + l->method_function);
	bool python = type_of(s, function).kind == KIND_FUNCTION;

	buf_str(s->to, "<bound method ");
	show_name(s, python ? word(s, function + l->fn_qualname) : 0);
	buf_str(s->to, " of ");
	if (enter(s, addr)) {
		show(s, word(s, addr + l->method_self));
		leave(s);
	} else {
		buf_str(s->to, "...");
	}
	buf_char(s->to, '>');
}

/* A function or method of C: PyMethodDef begins with its name. */
static void
show_builtin(struct show *s, uint64_t addr)
{
	const struct layout *l = &s->py->lay;
	uint64_t self = word(s, addr + l->builtin_self);
	bool method = self && type_of(s, self).kind != KIND_MODULE;

	buf_str(s->to, method ? "<built-in method " : "<built-in function ");
	add_c_string(s->vs, word(s, word(s, addr + l->builtin_def)), s->to);
	if (method)
		buf_printf(s->to, " of %s object at %#llx", type_of(s, self).full,
		           (unsigned long long)self);
	buf_char(s->to, '>');
}

static void
show_code(struct show *s, uint64_t addr)
{
	const struct layout *l = &s->py->lay;

	show_at(s, "code object", word(s, addr + l->co_name), addr);
	buf_str(s->to, ", file ");
	show_str(s, word(s, addr + l->co_filename));
	buf_printf(s->to, ", line %d>", (int)word(s, addr + l->co_firstlineno));
}

static void
show_module(struct show *s, uint64_t addr)
{
	uint64_t dict = word(s, addr + s->py->lay.module_dict);
	uint64_t name = lookup(s->vs, dict, "__name__"), file = lookup(s->vs, dict, "__file__");

	buf_str(s->to, "<module ");
	if (name)
		show_str(s, name);
	else
		buf_char(s->to, '?');
	if (file && type_of(s, file).kind == KIND_STR) {
		buf_str(s->to, " from ");
		show_str(s, file);
	}
	buf_char(s->to, '>');
}

static void
show_exception(struct show *s, const struct value_type *t, uint64_t addr)
{
	const struct layout *l = &s->py->lay;
	uint64_t args = word(s, addr + l->exc_args);

	buf_printf(s->to, "%s(", t->name);
	if (enter(s, addr)) {
		show_array(s, args + l->tuple_items, args ? word(s, args + l->bytes_size) : 0);
		leave(s);
	} else {
		buf_str(s->to, "...");
	}
	buf_char(s->to, ')');
}

/* Instances of Python classes. */

/* A member of an enumeration: false where it has no name (a combination of flags). */
static bool
show_member(struct show *s, const struct value_type *t, uint64_t addr)
{
	struct pairs pairs = {0};
	uint64_t name = 0, value = 0;

	if (object_attributes(s->py, addr, &pairs) == 0) {
		name = pairs_find(s->py, &pairs, "_name_");
		value = pairs_find(s->py, &pairs, "_value_");
	}
	pairs_free(&pairs);
	if (!name || type_of(s, name).kind != KIND_STR || !value || !enter(s, addr))
		return false;
	buf_printf(s->to, "<%s.", t->name);
	show_name(s, name);
	buf_str(s->to, ": ");
	show(s, value);
	buf_char(s->to, '>');
	leave(s);
	return true;
}

static void
show_object(struct show *s, const struct value_type *t, uint64_t addr)
{
	buf_printf(s->to, "<%s object at %#llx>", t->full, (unsigned long long)addr);
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
		if (!next_item(s, k++, n))
			break;
		show_name(s, fields->p[i].key);
		buf_char(s->to, '=');
		show(s, v);
	}
}

static void
show_dataclass(struct show *s, const struct value_type *t, uint64_t addr)
{
	enum { FIELDS_MAX = 256 };
	struct pairs fields = {0}, own = {0};

	if (object_dict_head(s->py, t->fields, FIELDS_MAX, &fields) < 0 ||
	    object_attributes(s->py, addr, &own) < 0 || own.n > FIELDS_MAX) {
		show_object(s, t, addr);
	} else if (!enter(s, addr)) {
		buf_printf(s->to, "%s(...)", t->qual);
	} else {
		buf_printf(s->to, "%s(", t->qual);
		show_fields(s, &fields, &own);
		buf_char(s->to, ')');
		leave(s);
	}
	pairs_free(&fields);
	pairs_free(&own);
}

static void
show_kind(struct show *s, const struct value_type *t, uint64_t addr)
{
	const struct layout *l = &s->py->lay;
	uint64_t one;

	switch (t->kind) {
	case KIND_NONE:
		buf_str(s->to, "None");
		break;
	case KIND_ELLIPSIS:
		buf_str(s->to, "Ellipsis");
		break;
	case KIND_NOT_IMPLEMENTED:
		buf_str(s->to, "NotImplemented");
		break;
	case KIND_BOOL:
		buf_str(s->to, object_int(s->py, addr, &one) == 0 && one ? "True" : "False");
		break;
	case KIND_INT:
		show_int(s, addr);
		break;
	case KIND_FLOAT:
		show_float(s, addr);
		break;
	case KIND_COMPLEX:
		show_complex(s, addr);
		break;
	case KIND_STR:
		show_str(s, addr);
		break;
	case KIND_BYTES:
		show_raw(s, word(s, addr + l->bytes_size), addr + l->bytes_data);
		break;
	case KIND_BYTEARRAY:
		buf_str(s->to, "bytearray(");
		show_raw(s, word(s, addr + l->bytes_size), word(s, addr + l->bytearray_start));
		buf_char(s->to, ')');
		break;
	case KIND_LIST:
		show_list(s, addr);
		break;
	case KIND_TUPLE:
		show_tuple(s, addr);
		break;
	case KIND_DICT:
		show_dict(s, addr);
		break;
	case KIND_SET:
	case KIND_FROZENSET:
		show_set(s, t, addr);
		break;
	case KIND_DEQUE:
		show_deque(s, addr);
		break;
	case KIND_DEFAULTDICT:
		show_defaultdict(s, addr);
		break;
	case KIND_RANGE:
	case KIND_SLICE:
		show_range(s, addr, t->kind == KIND_SLICE);
		break;
	case KIND_FUNCTION:
		show_at(s, "function", word(s, addr + l->fn_qualname), addr);
		buf_char(s->to, '>');
		break;
	case KIND_METHOD:
		show_method(s, addr);
		break;
	case KIND_BUILTIN:
		show_builtin(s, addr);
		break;
	case KIND_GENERATOR:
		buf_printf(s->to, "<%s object ", t->full);
		show_name(s, word(s, addr + l->gen_qualname));
		buf_printf(s->to, " at %#llx>", (unsigned long long)addr);
		break;
	case KIND_CODE:
		show_code(s, addr);
		break;
	case KIND_MODULE:
		show_module(s, addr);
		break;
	case KIND_TYPE:
		buf_printf(s->to, "<class '%s'>", find_type(s->vs, addr, 0)->full);
		break;
	case KIND_EXCEPTION:
		show_exception(s, t, addr);
		break;
	case KIND_CELL:
	case KIND_OTHER:
		show_object(s, t, addr);
		break;
	}
}

/* Kinds whose text, within Class(...), tells what an instance of a derived class holds. */
static bool
has_contents(enum kind kind)
{
	return kind >= KIND_INT && kind <= KIND_DEFAULTDICT;
}

static void
show(struct show *s, uint64_t addr)
{
	struct value_type t;
	uint64_t type;

	s->nodes++;
	if (s->vs->reads++ >= VALUES_READS) {
		buf_str(s->to, "...");
		return;
	}
	if (!addr || python_word(s->py, addr + s->py->lay.ob_type, &type) < 0) {
		buf_printf(s->to, addr ? "<unreadable at %#llx>" : "<NULL>",
		           (unsigned long long)addr);
		return;
	}
	t = *find_type(s->vs, type, 0);
	if (t.is_enum && show_member(s, &t, addr))
		return;
	if (t.kind == KIND_TUPLE && t.fields) {
		show_named_tuple(s, &t, addr);
	} else if (t.kind == KIND_OTHER && t.fields) {
		show_dataclass(s, &t, addr);
	} else if (t.derived && has_contents(t.kind)) {
		buf_printf(s->to, "%s(", t.name);
		show_kind(s, &t, addr);
		buf_char(s->to, ')');
	} else {
		show_kind(s, &t, addr);
	}
}

void
value_show(struct values *vs, uint64_t addr, struct buf *to)
{
	struct show s = {.vs = vs, .py = vs->py, .to = to, .end = to->len + VALUE_BYTES};
	size_t before = to->len;

	if (vs->bytes >= VALUES_BYTES)
		buf_str(to, "...");
	else
		show(&s, addr);
	vs->bytes += to->len - before;
}

void
value_name(struct values *vs, uint64_t addr, struct buf *to)
{
	if (!add_name(vs, addr, to))
		buf_char(to, '?');
}

bool
value_is_cell(struct values *vs, uint64_t addr)
{
	uint64_t type;

	return python_word(vs->py, addr + vs->py->lay.ob_type, &type) == 0 &&
	       find_type(vs, type, 0)->kind == KIND_CELL;
}

void
values_free(struct values *vs)
{
	map_free(&vs->index);
	free(vs->type);
	arena_free(&vs->names);
	*vs = (struct values){.py = vs->py};
}
