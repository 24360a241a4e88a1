#include "cpython/object.h"
#include "cpython/show.h"

#include <string.h>

void
show_list(struct show *s, uint64_t addr)
{
	const struct layout *l = &s->py->lay;

	if (!show_enter(s, addr)) {
		buf_str(s->to, "[...]");
		return;
	}
	buf_char(s->to, '[');
	show_array(s, show_word(s, addr + l->list_items), show_word(s, addr + l->bytes_size));
	buf_char(s->to, ']');
	show_leave(s);
}

void
show_tuple(struct show *s, uint64_t addr)
{
	const struct layout *l = &s->py->lay;
	uint64_t n = show_word(s, addr + l->bytes_size);

	if (!show_enter(s, addr)) {
		buf_str(s->to, "(...)");
		return;
	}
	buf_char(s->to, '(');
	show_array(s, addr + l->tuple_items, n);
	buf_str(s->to, n == 1 ? ",)" : ")");
	show_leave(s);
}

/* "name=value" for each of the names that has one. */
void
show_named_tuple(struct show *s, uint64_t addr)
{
	struct type t = show_type(s, addr);
	const struct layout *l = &s->py->lay;
	uint64_t n = show_word(s, addr + l->bytes_size), i;

	buf_printf(s->to, "%s(", t.name);
	if (show_word(s, t.fields + l->bytes_size) < n || !show_enter(s, addr)) {
		buf_str(s->to, "...)");
		return;
	}
	for (i = 0; show_next(s, i, n); i++) {
		show_name(s, show_word(s, t.fields + l->tuple_items + i * 8));
		buf_char(s->to, '=');
		show_value(s, show_word(s, addr + l->tuple_items + i * 8));
	}
	buf_char(s->to, ')');
	show_leave(s);
}

void
show_dict(struct show *s, uint64_t addr)
{
	/* Deleted entries stand among the others. */
	enum { LOOK_AT = 16 * VALUE_ITEMS };
	struct pairs pairs = {0};
	uint64_t used = show_word(s, addr + s->py->lay.dict_used), i;

	if (!show_enter(s, addr)) {
		buf_str(s->to, "{...}");
		return;
	}
	if (object_dict_head(s->py, addr, LOOK_AT, &pairs) < 0) {
		show_unreadable(s, addr);
	} else {
		buf_char(s->to, '{');
		for (i = 0; i < pairs.n && show_next(s, i, used); i++) {
			show_value(s, pairs.p[i].key);
			buf_str(s->to, ": ");
			show_value(s, pairs.p[i].value);
		}
		if (i == pairs.n && i < used)
			buf_printf(s->to, "%s... %llu more", i ? ", " : "",
			           (unsigned long long)(used - i));
		buf_char(s->to, '}');
	}
	pairs_free(&pairs);
	show_leave(s);
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

void
show_set(struct show *s, uint64_t addr)
{
	struct type t = show_type(s, addr);
	enum { LOOK_AT = 4096 };
	const struct layout *l = &s->py->lay;
	uint64_t n = show_word(s, addr + l->set_used), table = show_word(s, addr + l->set_table),
	         at = 0, i;
	uint64_t slots = show_word(s, addr + l->set_mask) + 1, key;
	bool frozen = t.kind == KIND_FROZENSET;

	if (!n || !show_enter(s, addr)) {
		buf_str(s->to, n ? "{...}" : frozen ? "frozenset()" : "set()");
		return;
	}
	slots = slots < LOOK_AT ? slots : LOOK_AT;
	buf_str(s->to, frozen ? "frozenset({" : "{");
	for (i = 0; show_next(s, i, n); i++) {
		key = next_of_set(s, table, slots, &at);
		if (!key) {
			buf_printf(s->to, "... %llu more", (unsigned long long)(n - i));
			break;
		}
		show_value(s, key);
	}
	buf_str(s->to, frozen ? "})" : "}");
	show_leave(s);
}

/*
 * dequeobject, Modules/_collectionsmodule.c: behind the size word the left block, the right block,
 * the index in the left one, the index in the right one, a counter, maxlen (-1 none). A block is 64
 * objects between two links. The same from 3.8 to 3.15.
 */
void
show_deque(struct show *s, uint64_t addr)
{
	enum { BLOCK = 64, SLOTS = 8, RIGHT = 8 + 8 * BLOCK };
	uint64_t head[7], block, index, i; /* size first */

	if (!show_enter(s, addr)) {
		buf_str(s->to, "[...]");
		return;
	}
	buf_str(s->to, "deque([");
	if (remote_read(&s->py->mem, addr + s->py->lay.bytes_size, head, sizeof head) < 0)
		memset(head, 0, sizeof head);
	block = head[1];
	index = head[3];
	for (i = 0; show_next(s, i, head[0]); i++, index++) {
		if (index >= BLOCK) {
			block = show_word(s, block + RIGHT);
			index = 0;
		}
		show_value(s, show_word(s, block + SLOTS + 8 * index));
	}
	buf_char(s->to, ']');
	if ((int64_t)head[6] >= 0)
		buf_printf(s->to, ", maxlen=%llu", (unsigned long long)head[6]);
	buf_char(s->to, ')');
	show_leave(s);
}

/* PyObject *default_factory follows the dict, Modules/_collectionsmodule.c. */
void
show_defaultdict(struct show *s, uint64_t addr)
{
	uint64_t factory = show_word(s, addr + s->py->lay.dict_values + 8);

	buf_str(s->to, "defaultdict(");
	if (factory)
		show_value(s, factory);
	else
		buf_str(s->to, "None");
	buf_str(s->to, ", ");
	show_dict(s, addr);
	buf_char(s->to, ')');
}
