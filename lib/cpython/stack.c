#include "cpython/stack.h"
#include "base/at.h"
#include "base/clock.h"
#include "base/table.h"
#include "target/stop.h"

#include <stdlib.h>
#include <string.h>

/* A frame as the walk sees it, all styles. */
struct view {
	uint64_t addr, code, previous, pos;
	uint64_t sp;   /* 3.14+: the end of its value stack, where it was last written down */
	uint32_t tlbc; /* 3.14t+: the copy of its bytecode that pos points into */
	bool live;     /* says that it runs */
	bool popped;   /* says that it has been left (3.14+) */
	bool entry;    /* C called it: below it another level begins (3.11) */
	bool skip;     /* not Python's: a shim on the C stack (3.12+) */
	bool generator;
};

enum { VIEWS_MAX = 4 * STACK_DEPTH, MAX_FRAME = 1 << 20 /* bytes */ };

struct walk {
	const struct stack_source *src;
	struct python *py;
	struct snap *snap;
	struct stack *out;
	uint64_t now;
	int looks;     /* in a row, that showed the same and nothing moving; */
	uint64_t seen; /* a hash of what they showed */
	size_t cursor; /* in out->last, which is looked through along with the walk */
	bool believe;  /* 3.14+: the frame that the thread state names is the one that runs */
	bool climbed;  /* it was not believed */
	size_t views;  /* frames looked at: a torn copy may link them in a ring */
	bool root_is_generator;
};

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
	const char *p = w->views++ < VIEWS_MAX ? at(w, addr, l->fr_size) : NULL;
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
	v->live = l->live == LIVE_STACKTOP && i32_at(p, l->fr_live) == -1;
	v->tlbc = l->fr_tlbc != LAYOUT_NONE ? (uint32_t)i32_at(p, l->fr_tlbc) : 0;
	v->entry = l->fr_entry != LAYOUT_NONE && p[l->fr_entry];
	v->skip = l->owner_skip && owner >= l->owner_skip;
	v->sp = u64_at(p, l->fr_live);
	v->popped = l->live == LIVE_NULL && !v->code && !v->skip;
	v->generator = owner == l->owner_generator;
	return true;
}

enum { SECOND = 1000000000, STOP_LONG = 500000 }; /* ns */
enum { NOWHERE = INT64_MIN };                     /* a position outside the frame's code */

static int64_t
offset_of(struct python *py, const struct view *v, struct code *c)
{
	int64_t off;

	if (py->lay.frames == FRAMES_HEAP)
		off = (int64_t)v->pos * py->lay.pos_unit;
	else
		off = (int64_t)(v->pos - code_start(c, py, v->tlbc));
	/* One instruction before the first: not started. */
	if (off < 0)
		return off >= -2 ? -1 : NOWHERE;
	return c->size && off >= c->size ? NOWHERE : off;
}

/*
 * A frame that cannot stand in its code: perhaps the code is not what it was, or could not be read
 * just when it was made. Looked at again once a tick, for such a stack is not shown to anybody who
 * would.
 */
static int64_t
offset_in_new_code(struct walk *w, const struct view *v, struct code *c)
{
	if (c->checked != w->now)
		codes_check(w->src->codes, w->py, &v->code, 1, w->now);
	return offset_of(w->py, v, c);
}

static bool
in_its_code(struct walk *w, const struct view *v)
{
	return offset_of(w->py, v, codes_get(w->src->codes, w->py, v->code, w->now)) != NOWHERE;
}

/* The frame's code object: most often the one that the frame had at the read before. */
static struct code *
code_of(struct walk *w, const struct view *v)
{
	const struct stack *s = w->out;
	size_t *i = &w->cursor;

	/* Callers lie below their callees, mostly, and so do frames in `last`. */
	while (*i < s->nlast && s->last[*i].addr > v->addr)
		++*i;
	if (*i < s->nlast && s->last[*i].addr == v->addr && s->last[*i].code->addr == v->code)
		return s->last[*i].code;
	return codes_get(w->src->codes, w->py, v->code, w->now);
}

static void
push(struct walk *w, const struct view *v)
{
	struct stack *s = w->out;
	struct code *c = code_of(w, v);
	int64_t off = offset_of(w->py, v, c);

	if (off == NOWHERE || c->broken)
		off = offset_in_new_code(w, v, c);
	s->frames = mem_room(s->frames, s->n, &s->cap, sizeof *s->frames);
	s->frames[s->n++] =
	    (struct stack_frame){.addr = v->addr, .code = c, .serial = c->serial, .off = off};
	w->root_is_generator = v->generator;
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
 * 3.14+: the generator or coroutine that the caller runs in a loop or awaits stands on the top of
 * its value stack. What is there may be anything, so that it is wanted only if it fits.
 */
static bool
find_generator(struct walk *w, const struct view *caller, struct view *callee)
{
	const struct layout *l = &w->py->lay;
	uint64_t at_iter = caller->sp - l->fr_iter, object, previous;
	const char *p;

	if (l->fr_iter == LAYOUT_NONE || caller->sp <= caller->addr + l->fr_locals ||
	    caller->sp - caller->addr > MAX_FRAME)
		return false;
	p = snap_at(w->snap, at_iter, 8);
	if (!p)
		return false;
	object = (u64_at(p, 0) & l->code_mask) + l->gen_frame;
	p = snap_peek(w->snap, object + l->fr_previous, 8);
	if (p)
		previous = u64_at(p, 0);
	else if (remote_read(&w->py->mem, object + l->fr_previous, &previous, 8) < 0)
		return false;
	return previous == caller->addr && view_frame(w, object, callee) && callee->generator &&
	       callee->previous == caller->addr && in_its_code(w, callee);
}

/*
 * 3.11+: follows frames upwards from one that does not run, by where the interpreter would have
 * put its callee: right behind it on the data stack.
 */
static bool
find_callee(struct walk *w, const struct view *caller, struct view *callee)
{
	const struct code *c;

	if (caller->skip)
		return false;
	if (find_generator(w, caller, callee))
		return true;
	if (caller->generator)
		return false;
	c = codes_get(w->src->codes, w->py, caller->code, w->now);
	if (!c->framesize || !view_frame(w, caller->addr + c->framesize * 8ull, callee) ||
	    callee->previous != caller->addr || callee->skip || callee->popped)
		return false;
	/* 3.14+: it may be in the making still, with the position of its predecessor. */
	return w->py->lay.live != LIVE_NULL || in_its_code(w, callee);
}

static bool
stands_at(struct walk *w, const struct view *v, const struct stack_frame *f)
{
	struct code *c = codes_get(w->src->codes, w->py, v->code, w->now);

	return c->serial == f->serial && offset_of(w->py, v, c) == f->off;
}

/*
 * A generator that is just being left has lost the link to its caller before the thread state
 * names that one: then it is the caller that it had at the read before, if that still stands
 * where it stood; another generator may have been made in the same place. 0: not known.
 */
static uint64_t
caller_it_had(struct walk *w, const struct view *v)
{
	const struct stack *s = w->out;
	const struct code *c = codes_get(w->src->codes, w->py, v->code, w->now);
	struct view caller;
	size_t i;

	for (i = 0; i + 1 < s->nlast; i++) {
		const struct stack_frame *last = &s->last[i];

		if (last->addr == v->addr)
			return last->serial == c->serial && view_frame(w, last[1].addr, &caller) &&
			               stands_at(w, &caller, &last[1])
			           ? last[1].addr
			           : 0;
	}
	return 0;
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
	const struct layout *l = &w->py->lay;

	/*
	 * Up to 3.13 the frame that runs says so. From 3.14 on it is the last that can be followed
	 * to, and of a thread at rest the one that the thread state names.
	 */
	if (l->live != LIVE_NULL || (first == 0 && !w->believe)) {
		for (i = 0; !top.live && i < STACK_DEPTH && find_callee(w, &top, &up); i++)
			top = up;
	}
	w->climbed = l->live == LIVE_NULL && (w->climbed || top.addr != v.addr);
	if ((top.live && !v.live) || l->live == LIVE_NULL)
		v = top;
	for (;;) {
		/*
		 * What stands above in the level was popped since. Levels above are as the thread
		 * state had them: to drop those that C has left since, but not to see those that it
		 * has entered, would favour callers.
		 */
		if (v.live ? first == 0 : v.popped)
			s->n = 0;
		if (!v.popped)
			push(w, &v);
		if (v.generator && !v.previous)
			v.previous = caller_it_had(w, &v);
		*next = v.previous;
		if (v.entry || !v.previous || s->n >= STACK_DEPTH)
			break;
		if (!view_frame(w, v.previous, &v))
			return AGAIN;
		if (v.skip) {
			*next = v.previous;
			break;
		}
	}
	return GOOD;
}

/*
 * 3.14+: the frame named as the current one is a generator that has been left meanwhile, and its
 * caller is not known. What runs now is found upwards from the frame of the data stack that was
 * below it at the read before.
 */
static void
start_below(struct walk *w, struct view *v)
{
	const struct stack *s = w->out;
	struct view below;
	size_t i;

	if (w->py->lay.live != LIVE_NULL || w->believe || !v->generator || v->previous)
		return;
	for (i = 0; i < s->nlast && s->last[i].addr != v->addr; i++)
		;
	for (; i < s->nlast; i++) {
		if (!view_frame(w, s->last[i].addr, &below) || below.skip || below.popped)
			return;
		if (below.generator)
			continue;
		w->climbed = codes_get(w->src->codes, w->py, below.code, w->now)->serial ==
		             s->last[i].serial;
		if (w->climbed)
			*v = below;
		return;
	}
}

static enum outcome
walk_data_stack(struct walk *w, const char *tstate)
{
	const struct layout *l = &w->py->lay;
	uint64_t chunk = u64_at(tstate, l->ts_chunk), top = u64_at(tstate, l->ts_top), f;
	enum outcome outcome;
	bool some = false;
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
		if (!some)
			start_below(w, &v);
		some = true;
		outcome = walk_level(w, v, &f);
		if (outcome != GOOD)
			return outcome;
	}
	w->out->cut = f != 0;
	return some && w->out->n == 0 ? AGAIN : GOOD; /* all that was seen was popped */
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

/* What joins frame i to the one that called it, as a key of the set of known edges. */
static uint64_t
edge(const struct stack *s, size_t i)
{
	uint64_t h = hash_mix(s->frames[i].serial);

	if (i + 1 == s->n)
		return h;
	h = hash_mix(h ^ s->frames[i + 1].serial);
	return hash_mix(h + (uint64_t)s->frames[i + 1].off);
}

static void
learn(struct walk *w)
{
	const struct stack *s = w->out;
	size_t i;

	if (w->src->edges->n + s->n > EDGES_MAX)
		set_free(w->src->edges);
	for (i = 0; i < s->n; i++)
		set_add(w->src->edges, edge(s, i));
}

/* How many frames, counted from the root, are what they were at the read before. */
static size_t
same_frames(const struct stack *s)
{
	size_t n = s->n < s->nlast ? s->n : s->nlast, i;

	for (i = 0; i < n; i++) {
		const struct stack_frame *a = &s->frames[s->n - 1 - i];
		const struct stack_frame *b = &s->last[s->nlast - 1 - i];

		if (a->addr != b->addr || a->serial != b->serial || a->off != b->off)
			break;
	}
	return i;
}

/*
 * False for what can be seen even of a thread at rest while it enters or leaves a frame: a
 * generator without its caller, a position that is still another code's.
 */
static bool
makes_sense(const struct walk *w)
{
	const struct stack *s = w->out;
	size_t i;

	for (i = 0; i < s->n && s->frames[i].off != NOWHERE && !s->frames[i].code->broken; i++)
		;
	return i == s->n && !w->root_is_generator;
}

/* How many frames, counted from the root, can be: in their code, joined by known edges. */
static size_t
possible(struct walk *w)
{
	struct stack *s = w->out;
	size_t i;

	s->same = 0;
	if (w->root_is_generator)
		return 0; /* suspended: its caller's link is gone */
	s->same = same_frames(s);
	for (i = s->n - s->same; i-- > 0;) {
		const struct stack_frame *f = &s->frames[i];

		if (f->off == NOWHERE || f->code->broken || !set_has(w->src->edges, edge(s, i)))
			break;
	}
	return s->n - 1 - i;
}

/* Whether n bytes were the same before everything else was copied and afterwards. */
static bool
stood_still(struct walk *w, uint64_t addr, size_t n)
{
	const char *once = snap_at(w->snap, addr, n), *again = snap_echo(w->snap, addr, n);

	return once && again && !memcmp(once, again, n);
}

/* The word that names the current frame, and in between the cframe that holds it. */
static bool
top_stood_still(struct walk *w, uint64_t ts)
{
	const struct layout *l = &w->py->lay;
	const char *p = snap_at(w->snap, ts + l->ts_frame, 8);
	bool still = stood_still(w, ts + l->ts_frame, 8);

	if (l->frames != FRAMES_CFRAME || !p)
		return still;
	return stood_still(w, u64_at(p, 0) + l->cf_frame, 8) && still;
}

/*
 * Whether nothing moved while it was copied: neither the frames nor what names the top one (a
 * frame that has been left stands still, too). Looks at all, so that all echoes are wanted.
 */
static bool
all_stood_still(struct walk *w, uint64_t ts)
{
	const struct layout *l = &w->py->lay;
	const struct stack *s = w->out;
	uint32_t from = l->frames == FRAMES_HEAP ? l->fr_previous : 0; /* not the reference count */
	bool still = top_stood_still(w, ts) && !w->root_is_generator && !w->climbed;
	size_t i;

	for (i = 0; i < s->n; i++) {
		const struct stack_frame *f = &s->frames[i];

		still = stood_still(w, f->addr + from, l->fr_size - from) && still &&
		        f->off != NOWHERE && !f->code->broken;
	}
	return still && !w->snap->missing;
}

static enum outcome
walk_once(struct walk *w, const struct tstate *ts)
{
	const struct layout *l = &w->py->lay;
	char tstate[512];
	const char *p;

	w->out->n = 0;
	w->out->cut = false;
	w->cursor = 0;
	w->root_is_generator = false;
	w->climbed = false;
	w->views = 0;
	p = at(w, ts->addr, l->ts_size);
	if (!p)
		return GONE;
	memcpy(tstate, p, l->ts_size);
	if (u64_at(tstate, l->ts_interp) != ts->interp)
		return GONE;
	read_words(w, ts->interp, ts->addr, tstate);
	return l->frames == FRAMES_HEAP ? walk_heap(w, tstate) : walk_data_stack(w, tstate);
}

/*
 * Whether the stack is proved. A loop of a microsecond can bring all frames back to where they
 * were just when the second copy is made, so that one look proves little: it takes STACK_LOOKS,
 * each a call of its own and each the same.
 */
static bool
proved(struct walk *w, const struct tstate *ts)
{
	const struct stack *s = w->out;
	uint64_t sum = 0;
	size_t i;

	if (!all_stood_still(w, ts->addr)) {
		w->looks = 0;
		return false;
	}
	for (i = 0; i < s->n; i++)
		sum = hash_mix(edge(s, i) ^ sum ^ s->frames[i].addr);
	sum = hash_mix(sum + (s->n ? (uint64_t)s->frames[0].off : 0));
	w->looks = w->looks && w->seen == sum ? w->looks + 1 : 1;
	w->seen = sum;
	return w->looks == STACK_LOOKS;
}

/* Copies and walks: GOOD when the stack is possible by all that is known. */
static enum outcome
try(struct walk *w, const struct tstate *ts)
{
	enum outcome outcome;

	if (snap_take(w->snap, &w->py->mem) < 0)
		return GONE;
	outcome = walk_once(w, ts);
	if (outcome != GOOD)
		return outcome;
	if (w->snap->missing || w->snap->split)
		return AGAIN;
	if (possible(w) == w->out->n)
		return GOOD;
	if (w->climbed) { /* to a frame in the making, or one that was left and only moved away */
		w->believe = true;
		outcome = walk_once(w, ts);
		w->believe = false;
		if (outcome != GOOD || w->snap->missing)
			return AGAIN;
		if (possible(w) == w->out->n)
			return GOOD;
	}
	if (!proved(w, ts))
		return AGAIN;
	learn(w);
	return GOOD;
}

/* Reads a thread that has been stopped: what it shows is true. */
static enum outcome
read_at_rest(struct walk *w, const struct tstate *ts)
{
	enum outcome outcome = AGAIN;
	int i;

	w->believe = true;
	for (i = 0; i < STACK_TRIES && outcome == AGAIN; i++) {
		if (snap_take(w->snap, &w->py->mem) < 0)
			return GONE;
		outcome = walk_once(w, ts);
		if (outcome == GOOD && (w->snap->missing || !makes_sense(w)))
			outcome = AGAIN;
	}
	w->believe = false;
	if (outcome == GOOD) {
		w->out->same = same_frames(w->out);
		learn(w);
	}
	return outcome;
}

static enum outcome
read_stopped(struct walk *w, const struct tstate *ts)
{
	enum outcome outcome = AGAIN;
	uint64_t from = clock_now(), took;
	struct stop stop;
	int i;

	if (w->src->stops == STOPS_NEVER || !ts->tid)
		return AGAIN;
	for (i = 0; i < STACK_STOPS && outcome == AGAIN; i++) {
		if (stop_thread(&stop, ts->tid) < 0)
			break;
		outcome = read_at_rest(w, ts);
		stop_release(&stop);
	}
	took = clock_now() - from;
	took = took < STOP_LONG ? took : STOP_LONG; /* it waited for a CPU, not for us */
	w->out->stop_ns = (w->out->stop_ns * 7 + took) / 8;
	if (outcome == GOOD)
		w->out->quality = STACK_STOPPED;
	return outcome;
}

/* Keeps of the walk made last the frames from the root that are certain. */
static void
keep_certain(struct walk *w)
{
	struct stack *s = w->out;
	size_t certain = w->snap->missing ? 0 : possible(w);

	if (certain)
		memmove(s->frames, s->frames + s->n - certain, certain * sizeof *s->frames);
	s->n = certain;
	s->quality = STACK_TORN;
	s->same = same_frames(s);
}

/* Held in the middle of a call, or in a core that lacks pages: then torn, but all that there is. */
static int
read_held(struct walk *w, const struct tstate *ts)
{
	enum outcome outcome = read_at_rest(w, ts);

	w->out->quality = outcome == GOOD ? STACK_STOPPED : STACK_TORN;
	return outcome == GONE ? -1 : 0;
}

static void
remember_last(struct stack *s)
{
	struct stack_frame *p = s->last;
	size_t cap = s->last_cap;

	if (s->quality == STACK_TORN)
		return; /* what is certain of it is in the one before */
	s->last = s->frames;
	s->nlast = s->n;
	s->last_cap = s->cap;
	s->frames = p;
	s->cap = cap;
	s->n = 0;
}

/* One look counts: what fails later on has been chosen by this one. */
static void
count_look(struct stack *s, bool failed)
{
	int32_t step = (failed ? DOUBT_ALL : 0) - (int32_t)s->doubt;

	s->doubt = (uint32_t)((int32_t)s->doubt + step / 32);
}

/* Whether looks fail too often for those that do not to be fair; sees now and then if they still
 * do. */
static bool
in_doubt(struct walk *w, const struct tstate *ts)
{
	struct stack *s = w->out;
	uint64_t since = w->now - s->read_at;

	s->read_at = w->now;
	s->every = (s->every * 15 + (since < SECOND ? since : SECOND)) / 16;
	if (w->src->stops != STOPS_RARELY || s->doubt < DOUBT_MOST ||
	    s->stop_ns * STOP_SHARE > s->every)
		return false;
	if (s->doubted++ % DOUBT_PROBE == 0)
		count_look(s, try(w, ts) == AGAIN);
	return true;
}

int
stack_read(struct stack *out, const struct stack_source *src, struct snap *snap,
           const struct tstate *ts, uint64_t now)
{
	struct walk w = {.src = src, .py = src->py, .snap = snap, .out = out, .now = now};
	enum outcome outcome = AGAIN;
	int tries = 0, finds = 0;

	if (src->py->lay.ts_size > 512 || src->py->lay.fr_size > 512)
		return -1;
	remember_last(out);
	out->quality = STACK_CLEAN;
	snap_begin(snap);
	snap_want(snap, ts->addr, src->py->lay.ts_size);
	if (src->stops == STOPS_HELD)
		return read_held(&w, ts);
	if (src->stops == STOPS_ALWAYS ||
	    (src->stops == STOPS_RARELY && src->py->lay.frames == FRAMES_HEAP) || in_doubt(&w, ts))
		outcome = read_stopped(&w, ts);
	while (tries < STACK_TRIES && finds < STACK_FINDS && outcome == AGAIN) {
		if (tries + finds)
			out->quality = STACK_RETRIED;
		outcome = try(&w, ts);
		if (tries + finds == 0 && src->stops == STOPS_RARELY)
			count_look(out, outcome == AGAIN);
		*(snap->missing ? &finds : &tries) += 1;
	}
	if (outcome == AGAIN)
		outcome = read_stopped(&w, ts);
	if (outcome == AGAIN)
		keep_certain(&w);
	return outcome == GONE ? -1 : 0;
}

void
stack_free(struct stack *s)
{
	free(s->frames);
	free(s->last);
	memset(s, 0, sizeof *s);
}
