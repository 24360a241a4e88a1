#include "stream/attrs.h"
#include "stream/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct cur
body(const struct source *s, const struct record *r)
{
	return (struct cur){.p = r->p + 8, .end = r->p + r->size, .swap = source_swap(s)};
}

/* What perf calls the events that carry no name. */
static const char *
default_name(uint32_t type, uint64_t config)
{
	static const char *const hardware[] = {
	    "cycles",   "instructions",  "cache-references", "cache-misses",
	    "branches", "branch-misses", "bus-cycles",
	};
	static const char *const software[] = {
	    "cpu-clock",        "task-clock",   "page-faults",  "context-switches",
	    "cpu-migrations",   "minor-faults", "major-faults", "alignment-faults",
	    "emulation-faults", "dummy",
	};

	if (type == 0 && config < sizeof hardware / sizeof *hardware)
		return hardware[config];
	if (type == 1 && config < sizeof software / sizeof *software)
		return software[config];
	return "";
}

static void
set_name(struct attr *a, const char *name, size_t len)
{
	static const char *const ours[] = EVENT_NAMES;
	size_t i;

	snprintf(a->name, sizeof a->name, "%.*s",
	         (int)(len < sizeof a->name ? len : sizeof a->name), name);
	a->kind = KIND_OTHER;
	for (i = 0; i < sizeof ours / sizeof *ours; i++) {
		if (!strcmp(a->name, ours[i]))
			a->kind = (enum kind)i;
	}
}

/* Bit n of the flags, which a big-endian machine counts from the other end of each byte. */
static bool
flag(const unsigned char *flags, bool swap, int n)
{
	bool big = (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__) != swap;

	return flags[n / 8] >> (big ? 7 - n % 8 : n % 8) & 1;
}

static int
id_place(uint64_t st)
{
	if (st & SAMPLE_IDENTIFIER)
		return 0;
	if (!(st & SAMPLE_ID))
		return -1;
	return __builtin_popcountll(st & (SAMPLE_IP | SAMPLE_TID | SAMPLE_TIME | SAMPLE_ADDR));
}

static struct attr
parse(struct cur c)
{
	const unsigned char *flags;
	uint64_t regs = 0;
	struct attr a = {0};
	bool swap = c.swap;

	a.type = cur_u32(&c);
	cur_u32(&c); /* its size */
	a.config = cur_u64(&c);
	a.period = cur_u64(&c);
	a.sample_type = cur_u64(&c);
	a.read_format = cur_u64(&c);
	flags = cur_skip(&c, 8);
	if (flags) {
		a.freq = flag(flags, swap, FLAG_FREQ);
		a.id_all = flag(flags, swap, FLAG_SAMPLE_ID_ALL);
	}
	cur_skip(&c, ATTR_BRANCH_TYPE - ATTR_FLAGS - 8);
	a.branch_type = cur_u64(&c); /* these two are zero where the attr is shorter */
	regs = cur_u64(&c);
	a.regs = (uint32_t)__builtin_popcountll(regs);
	a.id_at = id_place(a.sample_type);
	return a;
}

/* The place for an event with these ids: one that had the first of them before, or a new one. */
static size_t
place(struct attrs *t, const struct attr *a, struct cur ids)
{
	const uint32_t *at;
	uint64_t id = cur_u64(&ids);
	size_t i;

	if (!ids.bad) {
		at = map_find(&t->by_id, id);
		if (at)
			return *at;
	} else {
		for (i = 0; i < t->n; i++) {
			if (t->a[i].id_at < 0 && t->a[i].sample_type == a->sample_type)
				return i;
		}
	}
	t->a = mem_room(t->a, t->n, &t->cap, sizeof *t->a);
	return t->n++;
}

int
attrs_add(struct attrs *t, const struct source *s, const struct record *r)
{
	struct cur c = body(s, r), peek = c;
	struct attr a;
	uint32_t size;
	uint64_t id;
	bool fresh;
	size_t i;

	cur_u32(&peek);
	size = cur_u32(&peek);
	if (!size)
		size = ATTR_SIZE_MIN;
	if (size < ATTR_SIZE_MIN || size > r->size - 8u)
		return source_bad(s, "an event attribute of the impossible size %u", size);
	peek = c;
	peek.end = peek.p + size;
	a = parse(peek);
	cur_skip(&c, size);
	i = place(t, &a, c);
	set_name(&a, default_name(a.type, a.config), SIZE_MAX);
	t->a[i] = a;
	t->newest = i;
	if (a.id_at >= 0)
		t->id_at |= 1u << a.id_at;
	while (c.end - c.p >= 8) {
		id = cur_u64(&c);
		*map_put(&t->by_id, id, &fresh) = (uint32_t)i;
	}
	return 0;
}

int
attrs_update(struct attrs *t, const struct source *s, const struct record *r)
{
	struct cur c = body(s, r);
	uint64_t what = cur_u64(&c), id = cur_u64(&c);
	const uint32_t *at = map_find(&t->by_id, id);

	if (c.bad)
		return source_bad(s, "an EVENT_UPDATE of %u bytes", r->size);
	if (what == UPDATE_NAME && at)
		set_name(&t->a[*at], (const char *)c.p,
		         strnlen((const char *)c.p, (size_t)(c.end - c.p)));
	return 0;
}

void
attrs_clear(struct attrs *t)
{
	map_clear(&t->by_id);
	t->n = t->newest = 0;
	t->id_at = 0;
}

void
attrs_free(struct attrs *t)
{
	map_free(&t->by_id);
	free(t->a);
	memset(t, 0, sizeof *t);
}

size_t
attrs_id_size(const struct attrs *t)
{
	if (!t->n || !t->a[t->newest].id_all)
		return 0;
	return 8 *
	       (size_t)__builtin_popcountll(t->a[t->newest].sample_type &
	                                    (SAMPLE_TID | SAMPLE_TIME | SAMPLE_ID |
	                                     SAMPLE_STREAM_ID | SAMPLE_CPU | SAMPLE_IDENTIFIER));
}

int
attrs_id(const struct attrs *t, const struct source *s, const struct record *r,
         struct sample_id *id)
{
	size_t n = attrs_id_size(t);
	uint64_t st;
	struct cur c;

	*id = (struct sample_id){0};
	if (!n)
		return 0;
	if (n > r->size - 8u)
		return source_bad(s, "a record of type %u too short for its sample_id", r->type);
	st = t->a[t->newest].sample_type;
	c = (struct cur){.p = r->p + r->size - n, .end = r->p + r->size, .swap = source_swap(s)};
	if (st & SAMPLE_TID) {
		id->pid = cur_u32(&c);
		id->tid = cur_u32(&c);
	}
	if (st & SAMPLE_TIME)
		id->time = cur_u64(&c);
	if (st & (SAMPLE_ID | SAMPLE_IDENTIFIER))
		id->id = cur_u64(&c);
	return 0;
}

/* By its id, which stands where the event that it names has it. */
static const struct attr *
find(const struct attrs *t, struct cur c)
{
	const unsigned char *start = c.p;
	const uint32_t *at;
	unsigned left;
	uint64_t id;
	int place_;

	if (t->n == 1)
		return &t->a[0];
	for (left = t->id_at; left; left &= left - 1) {
		place_ = __builtin_ctz(left);
		c.p = start;
		cur_skip(&c, (size_t)place_ * 8);
		id = cur_u64(&c);
		at = c.bad ? NULL : map_find(&t->by_id, id);
		if (at && t->a[*at].id_at == place_)
			return &t->a[*at];
	}
	return NULL;
}

static void
skip_read(struct cur *c, uint64_t format)
{
	int extra = __builtin_popcountll(format & (READ_ID | READ_LOST));
	int times = __builtin_popcountll(format & (READ_TIME_ENABLED | READ_TIME_RUNNING));
	uint64_t n = 1;

	if (format & READ_GROUP)
		n = cur_u64(c);
	cur_skip(c, (size_t)times * 8);
	if (n > (uint64_t)(c->end - c->p) / 8) {
		c->bad = true;
		return;
	}
	cur_skip(c, (size_t)n * (size_t)(1 + extra) * 8);
}

static void
skip_branches(struct cur *c, uint64_t type)
{
	uint64_t n = cur_u64(c);

	if (type & BRANCH_HW_INDEX)
		cur_u64(c);
	if (n > (uint64_t)(c->end - c->p) / 8) {
		c->bad = true;
		return;
	}
	cur_skip(c, (size_t)n * (type & BRANCH_COUNTERS ? 32 : 24));
}

/* What stands between the chain and the weight. */
static void
skip_to_weight(struct cur *c, const struct attr *a)
{
	uint64_t n;

	if (a->sample_type & SAMPLE_RAW)
		cur_skip(c, cur_u32(c));
	if (a->sample_type & SAMPLE_BRANCH_STACK)
		skip_branches(c, a->branch_type);
	if (a->sample_type & SAMPLE_REGS_USER && cur_u64(c))
		cur_skip(c, a->regs * (size_t)8);
	if (a->sample_type & SAMPLE_STACK_USER && (n = cur_u64(c))) {
		cur_skip(c, n);
		cur_u64(c);
	}
}

/* The fields before READ, in their order. */
static void
parse_head(struct cur *c, uint64_t st, struct sample *to)
{
	if (st & SAMPLE_IDENTIFIER)
		to->id.id = cur_u64(c);
	if (st & SAMPLE_IP)
		to->ip = cur_u64(c);
	if (st & SAMPLE_TID) {
		to->id.pid = cur_u32(c);
		to->id.tid = cur_u32(c);
	}
	if (st & SAMPLE_TIME)
		to->id.time = cur_u64(c);
	if (st & SAMPLE_ADDR)
		cur_u64(c);
	if (st & SAMPLE_ID)
		to->id.id = cur_u64(c);
	if (st & SAMPLE_STREAM_ID)
		cur_u64(c);
	if (st & SAMPLE_CPU)
		cur_u64(c);
	if (st & SAMPLE_PERIOD)
		to->period = cur_u64(c);
}

int
attrs_sample(const struct attrs *t, const struct source *s, const struct record *r,
             struct sample *to)
{
	struct cur c = body(s, r);
	const struct attr *a = find(t, c);
	uint64_t st;

	if (!t->n)
		return source_bad(s, "a sample before any event attribute");
	if (!a)
		return source_bad(s, "a sample of an unknown event");
	st = a->sample_type;
	*to = (struct sample){.attr = a, .period = a->freq ? 1 : a->period};
	parse_head(&c, st, to);
	if (st & SAMPLE_READ)
		skip_read(&c, a->read_format);
	if (st & SAMPLE_CALLCHAIN) {
		uint64_t n = cur_u64(&c);

		if (n > (uint64_t)(c.end - c.p) / 8)
			return source_bad(s, "a chain of %llu entries in a sample of %u bytes",
			                  (unsigned long long)n, r->size);
		to->n = (size_t)n;
		to->chain = cur_skip(&c, (size_t)n * 8);
	}
	if (st & (SAMPLE_WEIGHT | SAMPLE_WEIGHT_STRUCT) && a->kind != KIND_OTHER) {
		skip_to_weight(&c, a);
		to->weight = cur_u64(&c);
		to->has_weight = true;
	}
	if (c.bad)
		return source_bad(s, "a sample of %u bytes, too short for its fields", r->size);
	return 0;
}
