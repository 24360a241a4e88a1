#include "cpython/object.h"
#include "base/at.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

static void
put_utf8(struct buf *b, uint32_t c)
{
	char bytes[4];

	if (c >= 0xdc80 && c <= 0xdcff)
		buf_char(b, (char)(c - 0xdc00));
	else
		buf_add(b, bytes, utf8_put(c ? c : 0xfffd, bytes));
}

static uint32_t
char_at(const unsigned char *p, unsigned width, size_t i)
{
	uint32_t c = 0;

	memcpy(&c, p + i * width, width); /* little endian, as all machines of layout.h */
	return c;
}

/* A str object: where its characters are, how wide each is, how many. */
struct text {
	uint64_t at, length;
	unsigned width;
};

static int
find_text(struct python *py, uint64_t addr, struct text *t)
{
	const struct layout *l = &py->lay;
	char head[64];
	unsigned state;

	if (remote_read(&py->mem, addr, head, l->str_ascii) < 0)
		return err_set("no string at %#llx", (unsigned long long)addr);
	t->length = u64_at(head, l->str_length);
	state = u32_at(head, l->str_state) >> l->kinds_shift;
	t->width = state & 7; /* bytes a character; bit 3 compact, bit 4 ASCII */
	if (t->width != 1 && t->width != 2 && t->width != 4)
		return err_set("no string at %#llx", (unsigned long long)addr);
	t->at = addr + (state >> 4 & 1 ? l->str_ascii : l->str_compact);
	/* Instances of subclasses of str have their characters elsewhere. */
	if (!(state >> 3 & 1) && python_word(py, addr + l->str_compact, &t->at) < 0)
		return err_set("no string at %#llx", (unsigned long long)addr);
	return 0;
}

int
object_str(struct python *py, uint64_t addr, size_t max, struct buf *to)
{
	unsigned char data[4096];
	struct text t;
	size_t i, n;

	if (find_text(py, addr, &t) < 0)
		return -1;
	if (t.length > max)
		t.length = max;
	for (; t.length; t.length -= n, t.at += n * t.width) {
		n = t.length < sizeof data / t.width ? t.length : sizeof data / t.width;
		if (remote_read(&py->mem, t.at, data, n * t.width) < 0)
			return err_set("string at %#llx: cut off", (unsigned long long)addr);
		for (i = 0; i < n; i++)
			put_utf8(to, char_at(data, t.width, i));
	}
	return 0;
}

ssize_t
object_chars(struct python *py, uint64_t addr, uint32_t *to, size_t max, uint64_t *length)
{
	unsigned char data[4096];
	struct text t;
	size_t i, n;

	if (find_text(py, addr, &t) < 0)
		return -1;
	n = t.length < max ? t.length : max;
	if (n > sizeof data / t.width)
		n = sizeof data / t.width;
	if (n && remote_read(&py->mem, t.at, data, n * t.width) < 0)
		return err_set("string at %#llx: cut off", (unsigned long long)addr);
	for (i = 0; i < n; i++)
		to[i] = char_at(data, t.width, i);
	*length = t.length;
	return (ssize_t)n;
}

int
object_bytes(struct python *py, uint64_t addr, size_t max, struct buf *to)
{
	uint64_t size;

	if (python_word(py, addr + py->lay.bytes_size, &size) < 0 || size > max)
		return err_set("no bytes at %#llx", (unsigned long long)addr);
	if (remote_read(&py->mem, addr + py->lay.bytes_data, buf_more(to, size), size) == 0 ||
	    size == 0)
		return 0;
	to->len -= size;
	return err_set("bytes at %#llx: cut off", (unsigned long long)addr);
}

/* PyLongObject: its size word, then digits of 30 bits (Include/cpython/longintrepr.h). */
int
object_int(struct python *py, uint64_t addr, uint64_t *v)
{
	const struct layout *l = &py->lay;
	char head[64];
	uint64_t digits;
	bool negative;

	if (remote_read(&py->mem, addr, head, l->long_digits + 8) < 0)
		return err_set("no int at %#llx", (unsigned long long)addr);
	digits = u64_at(head, l->bytes_size);
	negative = l->long_tagged ? (digits & 3) == 2 : (int64_t)digits < 0;
	digits = l->long_tagged ? digits >> 3 : digits;
	if (negative || digits > 2)
		return err_set("no small int at %#llx", (unsigned long long)addr);
	*v = digits > 0 ? u32_at(head, l->long_digits) : 0;
	*v |= digits > 1 ? (uint64_t)u32_at(head, l->long_digits + 4) << 30 : 0;
	return 0;
}

/*
 * PyDictKeysObject (Include/internal/pycore_dict.h, before 3.11 Objects/dict-common.h): a header,
 * an index table, the entries.
 *
 *      <= 3.10   8 dk_size   32 dk_nentries   40 indices   24-byte entries: hash, key, value
 *      3.11+     8 log2 size, 9 log2 bytes of the index table, 10 kind   24 dk_nentries
 *                32 indices, 24-byte entries (kind 0) or 16-byte ones: key, value
 */
struct keys {
	uint64_t entries; /* address */
	uint64_t n;
	uint32_t width, key_at; /* bytes */
};

static int
read_keys(struct python *py, uint64_t addr, struct keys *k)
{
	char head[40];
	uint64_t size, index;

	if (remote_read(&py->mem, addr, head, sizeof head) < 0)
		return err_set("no dict keys at %#llx", (unsigned long long)addr);
	if (py->lay.keys == KEYS_SIZE) {
		size = u64_at(head, 8);
		index = size <= 0xff ? 1 : size <= 0xffff ? 2 : size <= 0xffffffff ? 4 : 8;
		*k = (struct keys){addr + 40 + size * index, u64_at(head, 32), 24, 8};
	} else {
		unsigned log2 = (unsigned char)head[9];

		if (log2 > 40)
			return err_set("no dict keys at %#llx", (unsigned long long)addr);
		k->entries = addr + 32 + (1ull << log2);
		k->n = u64_at(head, 24);
		k->width = head[10] ? 16 : 24;
		k->key_at = head[10] ? 0 : 8;
	}
	return 0;
}

/* Entries of a key table; with `values` (an address, or 0) the values stand there instead. */
static int
read_entries(struct python *py, const struct keys *k, uint64_t values, struct pairs *to)
{
	char *entries = mem_grow(NULL, k->n, k->width), *v = mem_grow(NULL, k->n, 8);
	uint64_t i;
	int result = -1;

	to->n = 0;
	to->cap = k->n;
	to->p = mem_grow(to->p, k->n, sizeof *to->p);
	if ((k->n == 0 || remote_read(&py->mem, k->entries, entries, k->n * k->width) == 0) &&
	    (!values || k->n == 0 || remote_read(&py->mem, values, v, k->n * 8) == 0))
		result = 0;
	for (i = 0; i < k->n && result == 0; i++) {
		uint32_t at = (uint32_t)(i * k->width) + k->key_at;
		struct pair pair = {u64_at(entries, at),
		                    values ? u64_at(v, (uint32_t)i * 8) : u64_at(entries, at + 8)};

		if (pair.key && pair.value)
			to->p[to->n++] = pair;
	}
	free(entries);
	free(v);
	return result < 0 ? err_set("dict entries cannot be read") : 0;
}

static int
too_large(uint64_t addr)
{
	return err_set("dict at %#llx: too large", (unsigned long long)addr);
}

static int
read_dict(struct python *py, uint64_t addr, size_t max, bool whole, struct pairs *to)
{
	const struct layout *l = &py->lay;
	uint64_t keys, values;
	struct keys k;

	if (python_word(py, addr + l->dict_keys, &keys) < 0 ||
	    python_word(py, addr + l->dict_values, &values) < 0)
		return err_set("no dict at %#llx", (unsigned long long)addr);
	/* 3.13+ marks embedded values, and they have a header of their own. */
	if (values && l->attrs == ATTRS_INLINE)
		values += 8;
	if (read_keys(py, keys, &k) < 0)
		return -1;
	if (k.n > max && whole)
		return too_large(addr);
	k.n = k.n > max ? max : k.n;
	return read_entries(py, &k, values, to);
}

int
object_dict(struct python *py, uint64_t addr, struct pairs *to)
{
	return read_dict(py, addr, PAIRS_MAX, true, to);
}

int
object_dict_head(struct python *py, uint64_t addr, size_t max, struct pairs *to)
{
	return read_dict(py, addr, max, false, to);
}

/* Items of a variable-sized object: an int's digits, or its size word. */
static uint64_t
item_count(struct python *py, uint64_t obj, uint64_t flags)
{
	enum { LONG_SUBCLASS = 24 };
	uint64_t v;

	if (python_word(py, obj + py->lay.bytes_size, &v) < 0)
		return 0;
	if (flags >> LONG_SUBCLASS & 1 && py->lay.long_tagged)
		return v >> 3;
	return (int64_t)v < 0 ? -v : v;
}

/* A dict pointer tp_dictoffset bytes into the object; negative: from its end. */
static int
find_dict_by_offset(struct python *py, uint64_t obj, uint64_t type, uint64_t flags, uint64_t *dict)
{
	const struct layout *l = &py->lay;
	uint64_t offset, size[2]; /* tp_basicsize, tp_itemsize */

	if (python_word(py, type + l->type_dictoffset, &offset) < 0 || !offset)
		return -1;
	if ((int64_t)offset < 0) {
		if (remote_read(&py->mem, type + l->type_basicsize, size, sizeof size) < 0)
			return -1;
		offset += (size[0] + size[1] * item_count(py, obj, flags) + 7) & ~7ull;
	}
	return offset > 1 << 20 ? -1 : python_word(py, obj + offset, dict);
}

/* The instance's dict (*dict) or, where that is 0, the array of its values. -1: neither. */
static int
find_attributes(struct python *py, uint64_t obj, uint64_t type, uint64_t *dict, uint64_t *values)
{
	enum { MANAGED_DICT = 4 }; /* bit of tp_flags, 3.11+: the dict is not at tp_dictoffset */
	const struct layout *l = &py->lay;
	uint64_t v, flags;

	*values = 0;
	if (python_word(py, type + l->type_flags, &flags) < 0)
		return -1;
	if (l->attrs == ATTRS_DICTOFFSET || !(flags >> MANAGED_DICT & 1))
		return find_dict_by_offset(py, obj, type, flags, dict);
	switch (l->attrs) {
	case ATTRS_VALUES:
		return python_word(py, obj - l->obj_dict, dict) < 0 ||
		               python_word(py, obj - l->obj_dict - 8, values) < 0
		           ? -1
		           : 0;
	case ATTRS_TAGGED:
		if (python_word(py, obj - l->obj_dict, &v) < 0)
			return -1;
		*dict = v & 1 ? 0 : v;
		*values = v & 1 ? v + 1 : 0;
		return 0;
	default:
		if (python_word(py, obj - l->obj_dict, dict) < 0 ||
		    python_word(py, type + l->type_basicsize, &v) < 0 || v > 1 << 20)
			return -1;
		*values = *dict ? 0 : obj + v + 8;
		return 0;
	}
}

int
object_attributes(struct python *py, uint64_t obj, struct pairs *to)
{
	uint64_t type, dict, values, keys;
	struct keys k;

	if (python_word(py, obj + py->lay.ob_type, &type) < 0 ||
	    find_attributes(py, obj, type, &dict, &values) < 0)
		return err_set("object at %#llx: no attributes", (unsigned long long)obj);
	if (dict)
		return object_dict(py, dict, to);
	if (!values || python_word(py, type + py->lay.heap_cached_keys, &keys) < 0 || !keys)
		return err_set("object at %#llx: no attributes", (unsigned long long)obj);
	if (read_keys(py, keys, &k) < 0)
		return -1;
	return k.n > PAIRS_MAX ? too_large(obj) : read_entries(py, &k, values, to);
}

static bool
is_text(struct python *py, uint64_t addr, const char *text, size_t len)
{
	const struct layout *l = &py->lay;
	char s[128];

	return len + l->str_ascii <= sizeof s &&
	       remote_read(&py->mem, addr, s, l->str_ascii + len) == 0 &&
	       u64_at(s, l->str_length) == len &&
	       (u32_at(s, l->str_state) >> l->kinds_shift & 31) == 25 &&
	       !memcmp(s + l->str_ascii, text, len);
}

uint64_t
pairs_find(struct python *py, const struct pairs *pairs, const char *key)
{
	size_t len = strlen(key), i;

	for (i = 0; i < pairs->n; i++) {
		if (is_text(py, pairs->p[i].key, key, len))
			return pairs->p[i].value;
	}
	return 0;
}

void
pairs_free(struct pairs *pairs)
{
	free(pairs->p);
	*pairs = (struct pairs){0};
}
