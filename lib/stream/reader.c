#include "stream/reader.h"
#include "stream/attrs.h"
#include "stream/frames.h"
#include "stream/source.h"
#include "stream/space.h"
#include "stream/wire.h"

#include <stdlib.h>
#include <string.h>

/* A function that a KSYMBOL with a trailer defined. */
struct symbol {
	const char *func, *file; /* interned */
	uint32_t root, firstline, base;
};

/*
 * What address -> frame was found last. `space` says in which bindings: it changes when they do,
 * so that old entries are never met again. It is emptied rather than doubled once it holds
 * CACHE_KEEP slots and some of them are old.
 */
struct cache {
	struct slot {
		uint64_t ip;
		uint32_t space, frame; /* frame: id + 1, 0 = empty */
	} * slots;
	size_t n, cap;
	unsigned shift;
	uint32_t seen; /* spaces.version when it was emptied last */
};

enum { CACHE_START = 4096, CACHE_KEEP = 1 << 18 };

enum context { IN_KERNEL, IN_USER, IN_OTHER };

struct reader {
	struct source *src;
	struct attrs attrs;
	struct spaces spaces;
	struct frames frames;
	struct cache cache;
	struct map bound;       /* address >> SYMBOL_SHIFT -> symbols[] */
	struct symbol *symbols; /* bound ones; a new binding takes the place of the old */
	size_t nsymbols, symbols_cap;
	struct ranges ksyms; /* the kernel's own -> index in frames.names */
	uint32_t kspace;     /* the version of bound, ksyms and the kernel's mappings */
	uint32_t ids[WIRE_RECORD_MAX / 8];
	char comm[256];
	bool done, failed;
	bool began; /* there was an event since the stream began */
};

static void
cache_empty(struct reader *r)
{
	memset(r->cache.slots, 0, r->cache.cap * sizeof *r->cache.slots);
	r->cache.n = 0;
	r->cache.seen = r->spaces.version;
}

static void
cache_size(struct cache *c, size_t cap)
{
	c->cap = cap;
	c->shift = 64 - (unsigned)__builtin_ctzll(cap);
	c->slots = mem_new(cap, sizeof *c->slots);
}

/* Fibonacci hashing. */
static struct slot *
cache_slot(const struct cache *c, uint64_t ip, uint32_t space)
{
	size_t i = ((ip ^ (uint64_t)space << 32) * UINT64_C(0x9e3779b97f4a7c15)) >> c->shift;

	while (c->slots[i].frame && (c->slots[i].ip != ip || c->slots[i].space != space))
		i = (i + 1) & (c->cap - 1);
	return &c->slots[i];
}

/* Makes room for one more. */
static void
cache_room(struct reader *r)
{
	struct cache old = r->cache;
	size_t i;

	if (old.n < old.cap / 2)
		return;
	if (old.cap >= CACHE_KEEP && old.seen != r->spaces.version) {
		cache_empty(r);
		return;
	}
	cache_size(&r->cache, old.cap * 2);
	for (i = 0; i < old.cap; i++) {
		if (old.slots[i].frame)
			*cache_slot(&r->cache, old.slots[i].ip, old.slots[i].space) = old.slots[i];
	}
	free(old.slots);
}

struct reader *
reader_open(int fd, const char *name)
{
	struct reader *r = mem_new(1, sizeof *r);

	r->src = source_new();
	cache_size(&r->cache, CACHE_START);
	frames_name(&r->frames, "", 0);
	if (reader_chain(r, fd, name) < 0) {
		reader_close(r);
		return NULL;
	}
	return r;
}

void
reader_close(struct reader *r)
{
	if (!r)
		return;
	source_free(r->src);
	attrs_free(&r->attrs);
	spaces_free(&r->spaces);
	frames_free(&r->frames);
	map_free(&r->bound);
	ranges_free(&r->ksyms);
	free(r->symbols);
	free(r->cache.slots);
	free(r);
}

const struct frame *
reader_frame(const struct reader *r, uint32_t id)
{
	return frames_get(&r->frames, id);
}

size_t
reader_nframes(const struct reader *r)
{
	return r->frames.n;
}

uint64_t
reader_offset(const struct reader *r)
{
	return source_offset(r->src);
}

/* What an address of the kernel's half means has changed. */
static void
rebound(struct reader *r)
{
	r->kspace = ++r->spaces.version;
}

static void
forget_symbols(struct reader *r)
{
	map_clear(&r->bound);
	r->nsymbols = 0;
	rebound(r);
}

static void
forget_stream(struct reader *r)
{
	attrs_clear(&r->attrs);
	spaces_clear(&r->spaces);
	ranges_free(&r->ksyms);
	forget_symbols(r);
}

int
reader_chain(struct reader *r, int fd, const char *name)
{
	forget_stream(r);
	r->done = r->began = false;
	r->failed = source_open(r->src, fd, name) < 0;
	return r->failed ? -1 : 0;
}

/* addr is in one of our symbols: false where none is bound there. */
static bool
python_frame(const struct reader *r, uint64_t addr, struct frame *f)
{
	const uint32_t *at = map_find(&r->bound, addr >> SYMBOL_SHIFT);
	uint32_t low = addr & SYMBOL_LINE;
	const struct symbol *s;

	if (!at)
		return false;
	s = &r->symbols[*at];
	*f =
	    (struct frame){.func = s->func, .file = s->file, .root = s->root, .kind = FRAME_PYTHON};
	f->firstline = s->firstline;
	if (low && low != SYMBOL_LINE)
		f->line = s->base + (low - 1);
	return true;
}

static const char *
name_at(const struct reader *r, uint32_t id)
{
	return r->frames.names.str[id].p;
}

/* The slow way, when the cache does not know. */
static uint32_t
resolve(struct reader *r, enum context in, uint32_t pid, uint64_t ip)
{
	struct frame f = {.func = name_at(r, 0), .file = name_at(r, 0), .addr = ip};
	const struct range *map = NULL, *sym;

	if (in == IN_KERNEL && python_frame(r, ip, &f))
		return frames_id(&r->frames, &f);
	f.kind = FRAME_UNKNOWN;
	if (in == IN_KERNEL) {
		sym = ranges_find(&r->ksyms, ip);
		if (sym)
			f.func = name_at(r, sym->value);
		map = space_find(&r->spaces, SPACE_KERNEL, ip);
		if (sym || map || (ip & SYMBOL_CLEAR))
			f.kind = FRAME_KERNEL;
	} else if (in == IN_USER) {
		f.kind = FRAME_NATIVE;
		map = space_find(&r->spaces, pid, ip);
	}
	if (map)
		f.file = name_at(r, map->value);
	return frames_id(&r->frames, &f);
}

static uint32_t
frame_at(struct reader *r, enum context in, uint32_t space, uint32_t pid, uint64_t ip)
{
	const struct slot *s = cache_slot(&r->cache, ip, space);
	uint32_t id;

	if (s->frame)
		return s->frame - 1;
	id = resolve(r, in, pid, ip);
	cache_room(r);
	*cache_slot(&r->cache, ip, space) = (struct slot){ip, space, id + 1};
	r->cache.n++;
	return id;
}

static enum context
context_of_misc(uint16_t misc)
{
	switch (misc & MISC_CPUMODE) {
	case MISC_KERNEL:
		return IN_KERNEL;
	case MISC_USER:
		return IN_USER;
	}
	return IN_OTHER;
}

static enum context
context_of_marker(uint64_t ip)
{
	switch (ip) {
	case CONTEXT_KERNEL:
		return IN_KERNEL;
	case CONTEXT_USER:
	case CONTEXT_USER_DEFERRED:
		return IN_USER;
	}
	return IN_OTHER;
}

/* Frames of IN_OTHER share one space: their addresses say nothing. */
static uint32_t
space_of(struct reader *r, enum context in, uint32_t pid)
{
	if (in == IN_KERNEL)
		return r->kspace;
	return in == IN_USER ? space_version(&r->spaces, pid) : 0;
}

/* Resolves the chain into ids[]; how many. Without a chain the address alone is one. */
static size_t
chain(struct reader *r, const struct record *rec, const struct sample *sm)
{
	enum context in = context_of_misc(rec->misc);
	uint32_t pid = sm->id.pid, space = space_of(r, in, pid);
	bool swap = source_swap(r->src);
	size_t i, n = 0;
	uint64_t ip;

	for (i = 0; i < sm->n; i++) {
		memcpy(&ip, sm->chain + i * 8, 8);
		if (swap)
			ip = __builtin_bswap64(ip);
		if (ip >= CONTEXT_MAX) {
			in = context_of_marker(ip);
			space = space_of(r, in, pid);
			i += ip == CONTEXT_USER_DEFERRED;
			continue;
		}
		r->ids[n++] = frame_at(r, in, space, pid, ip);
	}
	if (!n && sm->ip) {
		in = context_of_misc(rec->misc);
		r->ids[n++] = frame_at(r, in, space_of(r, in, pid), pid, sm->ip);
	}
	return n;
}

static int
read_sample(struct reader *r, const struct record *rec, struct event *ev)
{
	struct sample sm;

	if (attrs_sample(&r->attrs, r->src, rec, &sm) < 0)
		return -1;
	ev->type = EV_SAMPLE;
	ev->kind = sm.attr->kind;
	ev->event = sm.attr->name;
	ev->pid = sm.id.pid;
	ev->tid = sm.id.tid;
	ev->time = sm.id.time;
	ev->period = sm.period;
	ev->ticks = 1;
	if (sm.has_weight) {
		ev->ticks = (uint32_t)sm.weight;
		ev->state = (uint16_t)(sm.weight >> 32);
		ev->interp = (uint16_t)(sm.weight >> 48);
	}
	ev->nframes = chain(r, rec, &sm);
	ev->frames = r->ids;
	return 1;
}

static struct cur
body(const struct reader *r, const struct record *rec)
{
	return (struct cur){
	    .p = rec->p + 8, .end = rec->p + rec->size, .swap = source_swap(r->src)};
}

static int
too_short(const struct reader *r, const struct record *rec)
{
	return source_bad(r->src, "a record of type %u too short: %u bytes", rec->type, rec->size);
}

/* One kernel record -> one event, or none (0). */
static int
read_lost(struct reader *r, const struct record *rec, struct event *ev)
{
	struct cur c = body(r, rec);
	struct sample_id id;

	if (attrs_id(&r->attrs, r->src, rec, &id) < 0)
		return -1;
	ev->type = EV_LOST;
	ev->time = id.time;
	if (rec->type == REC_LOST)
		cur_u64(&c); /* the event's id; whose records these were is not known */
	ev->lost = cur_u64(&c);
	if (rec->type == REC_LOST_SAMPLES) {
		ev->pid = id.pid;
		ev->tid = id.tid;
	}
	return c.bad ? too_short(r, rec) : 1;
}

static int
read_comm(struct reader *r, const struct record *rec, struct event *ev)
{
	struct cur c = body(r, rec);
	struct sample_id id;
	const char *name;
	size_t len;

	if (attrs_id(&r->attrs, r->src, rec, &id) < 0)
		return -1;
	ev->type = EV_COMM;
	ev->time = id.time;
	ev->pid = cur_u32(&c);
	ev->tid = cur_u32(&c);
	name = cur_str(&c, &len);
	if (!name)
		return too_short(r, rec);
	if (len > sizeof r->comm - 1)
		len = sizeof r->comm - 1;
	memcpy(r->comm, name, len);
	r->comm[len] = '\0';
	ev->comm = r->comm;
	ev->exec = rec->misc & MISC_COMM_EXEC;
	if (ev->exec)
		space_exec(&r->spaces, ev->pid);
	return 1;
}

static int
read_fork(struct reader *r, const struct record *rec, struct event *ev)
{
	struct cur c = body(r, rec);

	ev->type = rec->type == REC_FORK ? EV_FORK : EV_EXIT;
	ev->pid = cur_u32(&c);
	ev->ppid = cur_u32(&c);
	ev->tid = cur_u32(&c);
	cur_u32(&c); /* the parent thread */
	ev->time = cur_u64(&c);
	if (c.bad)
		return too_short(r, rec);
	if (ev->type == EV_FORK)
		space_fork(&r->spaces, ev->pid, ev->ppid);
	else if (ev->pid == ev->tid)
		space_exit(&r->spaces, ev->pid);
	return 1;
}

static int
read_mmap(struct reader *r, const struct record *rec)
{
	struct cur c = body(r, rec);
	uint64_t start, len;
	uint32_t pid, file;
	const char *name;
	size_t n;

	pid = cur_u32(&c);
	cur_u32(&c);
	start = cur_u64(&c);
	len = cur_u64(&c);
	cur_u64(&c); /* page offset */
	if (rec->type == REC_MMAP2)
		cur_skip(&c, 32);
	name = cur_str(&c, &n);
	if (!name)
		return too_short(r, rec);
	file = strings_id(&r->frames.names, name, n);
	if (space_map(&r->spaces, pid, start, len, file) < 0)
		return source_bad(r->src, "%s", err_why());
	if (pid == SPACE_KERNEL)
		rebound(r);
	return 0;
}

static void
bind_symbol(struct reader *r, uint64_t addr, const struct symbol *s)
{
	struct symbol *old;
	uint32_t *at;
	bool fresh;

	at = map_put(&r->bound, addr >> SYMBOL_SHIFT, &fresh);
	if (fresh) {
		r->symbols = mem_room(r->symbols, r->nsymbols, &r->symbols_cap, sizeof *s);
		*at = (uint32_t)r->nsymbols++;
	}
	old = &r->symbols[*at];
	/* A fresh one may have been met before it was bound. */
	if (fresh || old->func != s->func || old->file != s->file || old->root != s->root ||
	    old->firstline != s->firstline || old->base != s->base)
		rebound(r);
	*old = *s;
}

/* The trailer of ours. 1: it was one and is bound. 0: not one. */
static int
read_trailer(struct reader *r, uint64_t addr, struct cur c)
{
	uint32_t func_len, file_len;
	const char *func, *file;
	struct symbol s;

	if (cur_u32(&c) != TRAILER_TAG)
		return 0;
	if (cur_u16(&c) != TRAILER_VERSION)
		return source_bad(r->src, "a symbol of a newer version of pystream(5)");
	cur_u16(&c); /* flags */
	s.firstline = cur_u32(&c);
	s.base = cur_u32(&c);
	s.root = cur_u32(&c);
	func_len = cur_u32(&c);
	file_len = cur_u32(&c);
	cur_u32(&c);
	func = cur_skip(&c, func_len);
	file = cur_skip(&c, file_len);
	if (c.bad)
		return source_bad(r->src, "a symbol whose names are longer than its record");
	if (s.root > file_len)
		return source_bad(r->src, "a symbol whose import root is longer than its file");
	/* Up to a NUL: no name has one, and a frame's are C strings. */
	s.func = frames_name(&r->frames, func, strnlen(func, func_len));
	s.file = frames_name(&r->frames, file, strnlen(file, file_len));
	if (s.root > strlen(s.file))
		s.root = 0;
	bind_symbol(r, addr, &s);
	return 1;
}

/* The kernel's own symbol. */
static int
kernel_symbol(struct reader *r, uint64_t addr, uint32_t len, bool gone, const char *name, size_t n)
{
	uint64_t end;
	int rc;

	if (!len)
		return 0;
	if (__builtin_add_overflow(addr, len - 1, &end))
		end = UINT64_MAX;
	rc = gone ? ranges_clear(&r->ksyms, addr, end)
	          : ranges_set(&r->ksyms, addr, end, strings_id(&r->frames.names, name, n));
	rebound(r);
	return rc < 0 ? source_bad(r->src, "%s", err_why()) : 0;
}

static int
read_ksymbol(struct reader *r, const struct record *rec)
{
	size_t id = attrs_id_size(&r->attrs), n;
	struct cur c = body(r, rec);
	uint64_t addr;
	uint32_t len;
	uint16_t flags;
	const char *name;
	int rc;

	addr = cur_u64(&c);
	len = cur_u32(&c);
	cur_u16(&c); /* type */
	flags = cur_u16(&c);
	name = cur_str(&c, &n);
	if (!name || (size_t)(c.end - c.p) < id)
		return too_short(r, rec);
	c.end -= id;
	/* The name is padded to 8; where nothing follows, not even that has to be there. */
	cur_skip(&c, -(size_t)(c.p - rec->p) & 7);
	if (!c.bad && c.end - c.p >= TRAILER_SIZE) {
		rc = read_trailer(r, addr, c);
		if (rc)
			return rc < 0 ? rc : 0;
	}
	return kernel_symbol(r, addr, len, flags & KSYMBOL_UNREGISTER, name, n);
}

/* 1: an event, where the stream is joined to another one. */
static int
begin_stream(struct reader *r, struct event *ev)
{
	int joined = r->began;

	r->began = false;
	ev->type = EV_JOIN;
	return joined;
}

/* Our streams can be joined without their file headers, too. */
static int
read_hello(struct reader *r, const struct record *rec, struct event *ev)
{
	struct cur c = body(r, rec);
	const char *magic = cur_skip(&c, 8);
	uint32_t version = cur_u32(&c);

	if (c.bad || memcmp(magic, HELLO_MAGIC, 8))
		return 0; /* an EVENT_TYPE of perf's youth */
	if (version > HELLO_VERSION)
		return source_bad(r->src, "pystream(5) of version %u; this program knows %d",
		                  version, HELLO_VERSION);
	forget_symbols(r);
	return begin_stream(r, ev);
}

/* 1: an event. 0: none. -1. Types that are not here are skipped. */
static int
read_record(struct reader *r, const struct record *rec, struct event *ev)
{
	switch (rec->type) {
	case REC_SAMPLE:
		return read_sample(r, rec, ev);
	case REC_LOST:
	case REC_LOST_SAMPLES:
		return read_lost(r, rec, ev);
	case REC_COMM:
		return read_comm(r, rec, ev);
	case REC_FORK:
	case REC_EXIT:
		return read_fork(r, rec, ev);
	case REC_MMAP:
	case REC_MMAP2:
		return read_mmap(r, rec);
	case REC_KSYMBOL:
		return read_ksymbol(r, rec);
	case REC_ATTR:
		return attrs_add(&r->attrs, r->src, rec);
	case REC_EVENT_UPDATE:
		return attrs_update(&r->attrs, r->src, rec);
	case REC_HELLO:
		return read_hello(r, rec, ev);
	case REC_FINISHED_ROUND:
		ev->type = EV_ROUND;
		return 1;
	}
	return 0;
}

int
reader_next(struct reader *r, struct event *ev)
{
	struct record rec;
	int rc = 0;

	while (!rc && !r->done && !r->failed) {
		memset(ev, 0, sizeof *ev);
		rc = source_next(r->src, &rec);
		if (rc == SOURCE_END) {
			r->done = true;
		} else if (rc == SOURCE_HEADER) {
			forget_stream(r);
			rc = begin_stream(r, ev);
		} else if (rc > 0) {
			rc = read_record(r, &rec, ev);
			r->began |= rc > 0 && ev->type != EV_JOIN;
		}
		r->failed = rc < 0;
	}
	return r->failed ? -1 : rc;
}
