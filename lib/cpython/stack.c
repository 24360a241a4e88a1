#include "cpython/stack.h"

#include <stdlib.h>
#include <string.h>

/* A frame as the walk sees it, all styles. */
struct view {
	uint64_t addr, code, previous, pos;
	bool live;  /* says that it runs */
	bool entry; /* C called it: below it another level begins (3.11) */
	bool skip;  /* not Python's: a shim on the C stack (3.12+) */
	bool generator;
};

struct walk {
	struct python *py;
	struct codes *codes;
	struct snap *snap;
	struct stack *out;
	uint64_t now;
	size_t certain; /* frames from the root that are proved */
};

static uint64_t
u64_at(const char *p, uint32_t at)
{
	uint64_t v;

	memcpy(&v, p + at, sizeof v);
	return v;
}

static int32_t
i32_at(const char *p, uint32_t at)
{
	int32_t v;

	memcpy(&v, p + at, sizeof v);
	return v;
}

/*
 * The bytes of the target at addr, from the copy; or read now, into `scratch`, to learn how the
 * walk goes on and what to want. Valid until the next call. NULL: not there.
 */
static const char *
at(struct walk *w, uint64_t addr, size_t n)
{
	static _Thread_local char scratch[2048];
	const char *p = snap_at(w->snap, addr, n);

	if (p || n > sizeof scratch)
		return p;
	return remote_read(&w->py->mem, addr, scratch, n) == 0 ? scratch : NULL;
}

static bool
view_frame(struct walk *w, uint64_t addr, struct view *v)
{
	const struct layout *l = &w->py->lay;
	const char *p = at(w, addr, l->fr_size);
	unsigned owner;

	if (!p)
		return false;
	*v = (struct view){
	    .addr = addr,
	    .code = u64_at(p, l->fr_code) & l->code_mask,
	    .previous = u64_at(p, l->fr_previous),
	};
	if (l->frames == FRAMES_HEAP) {
		v->pos = (uint64_t)(int64_t)i32_at(p, l->fr_pos);
		v->live = l->live == LIVE_EXECUTING ? p[l->fr_live] == 1 : p[l->fr_live] == 0;
		return true;
	}
	owner = (unsigned char)p[l->fr_owner];
	v->pos = u64_at(p, l->fr_pos);
	v->live = i32_at(p, l->fr_live) == -1;
	v->entry = l->fr_entry != LAYOUT_NONE && p[l->fr_entry];
	v->skip = l->owner_skip && owner >= l->owner_skip;
	v->generator = owner == l->owner_generator;
	return true;
}

static int64_t
offset_of(const struct layout *l, const struct view *v)
{
	int64_t off;

	if (l->frames == FRAMES_HEAP)
		return (int64_t)v->pos < 0 ? -1 : (int64_t)v->pos * l->pos_unit;
	off = (int64_t)(v->pos - v->code - l->co_bytecode);
	return off < 0 ? -1 : off;
}

static void
push(struct walk *w, const struct view *v)
{
	struct stack *s = w->out;

	s->frames = mem_room(s->frames, s->n, &s->cap, sizeof *s->frames);
	s->frames[s->n++] = (struct stack_frame){
	    .addr = v->addr, .code = v->code, .off = offset_of(&w->py->lay, v)};
}

/* The interpreter's words that go with every sample, and who holds the GIL. */
static void
read_words(struct walk *w, uint64_t interp, uint64_t ts, const char *tstate)
{
	const struct layout *l = &w->py->lay;
	struct stack *s = w->out;
	uint64_t rt = w->py->runtime, gil;
	const char *p;

	s->gil = l->ts_status != LAYOUT_NONE && i32_at(tstate, l->ts_status) == 1;
	p = at(w, interp + l->in_threads, 8);
	s->threads = p ? u64_at(p, 0) : 0;
	p = at(w, rt + l->rt_interp_head, 8);
	s->interps = p ? u64_at(p, 0) : 0;
	if (l->rt_gil_holder != LAYOUT_NONE) {
		p = at(w, rt + l->rt_gil_holder, 8);
		s->gil = p && u64_at(p, 0) == ts;
	} else if (l->ts_status == LAYOUT_NONE) {
		p = at(w, interp + l->in_gil, 8);
		gil = p ? u64_at(p, 0) : 0;
		p = gil ? at(w, gil + l->gil_holder, l->gil_locked - l->gil_holder + 4) : NULL;
		s->gil = p && i32_at(p, l->gil_locked - l->gil_holder) == 1 && u64_at(p, 0) == ts;
	}
	p = l->rt_collecting != LAYOUT_NONE ? at(w, rt + l->rt_collecting, 4)
	                                    : at(w, interp + l->in_collecting, 4);
	s->collecting = s->gil && p && i32_at(p, 0) != 0;
}

/* Wants the used part of every chunk of the data stack: most frames are in there. */
static void
want_chunks(struct walk *w, uint64_t chunk, uint64_t top)
{
	enum { HEADER = 24, SLACK = 1024, MOST = 1 << 20, CHUNKS = 1024 };
	const char *p;
	uint64_t size;
	int i;

	for (i = 0; chunk && i < CHUNKS; i++) {
		p = at(w, chunk, HEADER);
		if (!p)
			return;
		size = u64_at(p, 8);
		if (size > MOST)
			size = MOST;
		if (i == 0 && top > chunk && top - chunk + SLACK < size)
			size = top - chunk + SLACK;
		chunk = (snap_want(w->snap, chunk, size), u64_at(p, 0));
	}
}

/* The frame that the thread state calls its current one; 0 none, or unreadable. */
static uint64_t
current_frame(struct walk *w, const char *tstate)
{
	const struct layout *l = &w->py->lay;
	uint64_t v = u64_at(tstate, l->ts_frame);
	const char *p;

	if (l->frames != FRAMES_CFRAME || !v)
		return v;
	p = at(w, v, l->cf_frame + 8);
	return p ? u64_at(p, l->cf_frame) : 0;
}

enum outcome { GOOD, AGAIN, GONE };

/*
 * 3.11+: follows frames upwards from one that does not run, by where the interpreter would have
 * put its callee: right behind it on the data stack.
 */
static bool
find_callee(struct walk *w, const struct view *caller, struct view *callee)
{
	const struct code *c;

	if (caller->generator || caller->skip)
		return false;
	c = codes_get(w->codes, w->py, caller->code, w->now);
	return c->framesize && view_frame(w, caller->addr + c->framesize * 8ull, callee) &&
	       callee->previous == caller->addr && !callee->skip;
}

/*
 * One level of Python frames that called each other without C between, from its top: appends them
 * from the one that runs on down, and leaves in *next where the level below begins.
 */
static enum outcome
walk_level(struct walk *w, struct view top, uint64_t *next)
{
	struct stack *s = w->out;
	size_t first = s->n, i;
	struct view v = top, up;
	bool found = false;

	for (i = 0; !top.live && i < STACK_DEPTH && find_callee(w, &top, &up); i++)
		top = up;
	if (top.live && !v.live)
		v = top;
	for (;;) {
		if (v.live) {
			if (s->n > first) /* what stands above was popped, other levels too */
				s->n = first = 0;
			found = true;
		}
		push(w, &v);
		*next = v.previous;
		if (v.entry || !v.previous || s->n - first > STACK_DEPTH)
			break;
		if (!view_frame(w, v.previous, &v))
			return AGAIN;
		if (v.skip) {
			*next = v.previous;
			break;
		}
	}
	return found ? GOOD : AGAIN;
}

static enum outcome
walk_data_stack(struct walk *w, const char *tstate)
{
	const struct layout *l = &w->py->lay;
	uint64_t chunk = u64_at(tstate, l->ts_chunk), top = u64_at(tstate, l->ts_top), f;
	enum outcome outcome;
	struct view v;

	f = current_frame(w, tstate);
	want_chunks(w, chunk, top);
	while (f && w->out->n < STACK_DEPTH) {
		if (!view_frame(w, f, &v))
			return AGAIN;
		if (v.skip) {
			f = v.previous;
			continue;
		}
		outcome = walk_level(w, v, &f);
		if (outcome != GOOD)
			return outcome;
	}
	w->out->cut = f != 0;
	return GOOD;
}

/* <= 3.10: every frame of the chain runs or waits for its callee, and says so. */
static enum outcome
walk_heap(struct walk *w, const char *tstate)
{
	uint64_t f = u64_at(tstate, w->py->lay.ts_frame);
	struct stack *s = w->out;
	struct view v;

	for (; f && s->n < STACK_DEPTH; f = v.previous) {
		if (!view_frame(w, f, &v))
			return AGAIN;
		if (!v.live)
			s->n = 0; /* what stands above was called by a frame that has returned */
		else
			push(w, &v);
	}
	s->cut = f != 0;
	return GOOD;
}

/*
 * Whether the copy of a frame and that of its callee show one moment: both on one page, the caller
 * below, for a page is copied in some 50 ns.
 */
static bool
one_moment(const struct layout *l, const struct stack_frame *caller,
           const struct stack_frame *callee)
{
	enum { PAGE = 4096 };

	return caller->addr < callee->addr &&
	       caller->addr / PAGE == (callee->addr + l->fr_size - 1) / PAGE;
}

/* Whether a frame was the same before everything else was copied and afterwards. */
static bool
stood_still(struct walk *w, uint64_t addr)
{
	const struct layout *l = &w->py->lay;
	uint32_t from = l->frames == FRAMES_HEAP ? l->fr_previous : 0; /* not the reference count */
	const char *once = snap_at(w->snap, addr, l->fr_size);
	const char *again = snap_echo(w->snap, addr, l->fr_size);

	return once && again && !memcmp(once + from, again + from, l->fr_size - from);
}

/*
 * Proves that the frames belong together, from the root up; how many do. A caller that is not on
 * its callee's page must have stood still while the callee was copied.
 */
static size_t
prove(struct walk *w)
{
	const struct stack *s = w->out;
	bool missing = w->snap->missing;
	size_t i, good = s->n ? 1 : 0;
	bool held = true;

	for (i = s->n; i-- > 1;) {
		if (!one_moment(&w->py->lay, &s->frames[i], &s->frames[i - 1]) &&
		    !stood_still(w, s->frames[i].addr))
			held = false; /* go on, so that every echo is asked for at once */
		if (codes_get(w->codes, w->py, s->frames[i].code, w->now)->broken)
			held = false;
		if (held)
			good++;
	}
	if (s->n && codes_get(w->codes, w->py, s->frames[0].code, w->now)->broken)
		good = 0;
	return missing ? 0 : good;
}

static enum outcome
walk_once(struct walk *w, uint64_t interp, uint64_t ts)
{
	const struct layout *l = &w->py->lay;
	enum outcome outcome;
	char tstate[512];
	const char *p;

	w->out->n = 0;
	w->out->cut = false;
	w->certain = 0;
	p = at(w, ts, l->ts_size);
	if (!p)
		return GONE;
	memcpy(tstate, p, l->ts_size);
	if (u64_at(tstate, l->ts_interp) != interp)
		return GONE;
	read_words(w, interp, ts, tstate);
	outcome = l->frames == FRAMES_HEAP ? walk_heap(w, tstate) : walk_data_stack(w, tstate);
	if (outcome != GOOD)
		return outcome;
	w->certain = prove(w);
	return w->certain == w->out->n && !w->snap->missing && !w->snap->split ? GOOD : AGAIN;
}

/* Keeps the frames from the root that could be proved. */
static void
keep_certain(struct walk *w)
{
	struct stack *s = w->out;

	memmove(s->frames, s->frames + s->n - w->certain, w->certain * sizeof *s->frames);
	s->n = w->certain;
	s->quality = STACK_TORN;
}

int
stack_read(struct stack *out, struct python *py, struct codes *codes, struct snap *snap,
           uint64_t interp, uint64_t ts, uint64_t now)
{
	struct walk w = {.py = py, .codes = codes, .snap = snap, .out = out, .now = now};
	enum outcome outcome = AGAIN;
	int i;

	if (py->lay.ts_size > 512 || py->lay.fr_size > 512)
		return -1;
	out->quality = STACK_CLEAN;
	snap_begin(snap);
	snap_want(snap, ts, py->lay.ts_size);
	for (i = 0; i < STACK_TRIES && outcome != GOOD; i++) {
		if (i)
			out->quality = STACK_RETRIED;
		if (snap_take(snap, &py->mem) < 0)
			return -1;
		outcome = walk_once(&w, interp, ts);
		if (outcome == GONE)
			return -1;
	}
	if (outcome != GOOD)
		keep_certain(&w);
	return 0;
}

void
stack_free(struct stack *s)
{
	free(s->frames);
	memset(s, 0, sizeof *s);
}
