#include "cpython/look.h"
#include "base/clock.h"
#include "base/err.h"
#include "target/proc.h"
#include "target/stop.h"

#include <stdlib.h>
#include <string.h>

/* A thread may be held where it changes its frames: then it is let go and held again. */
enum { HOLDS = 3, TASKS_MAX = 65536, ROUNDS = 8 };

/* One look may wait longer than a tick: ns until a thread stops, on a machine that is busy. */
enum { PATIENCE = 100000000 };

struct held {
	struct stop stop;
	bool ran; /* before it was stopped */
};

struct looking {
	struct python *py;
	bool locals;
	enum look_stops stops;
	struct threads threads;
	struct codes codes;
	struct set edges;
	struct values values;
	struct stack stack;
	struct snap snap;
	struct look_frame *frames;
	size_t nframes, cap; /* frames[nframes..cap) keep their buffers */
	struct held *held;   /* LOOK_PROCESS: every task */
	size_t nheld;
};

static bool
read_stack(struct looking *k, const struct tstate *ts, enum stops stops)
{
	const struct stack_source src = {k->py, &k->codes, &k->edges, stops};

	return stack_read(&k->stack, &src, &k->snap, ts, clock_now()) == 0;
}

static void
read_frames(struct looking *k)
{
	const struct stack *s = &k->stack;
	struct look_frame *f;
	size_t i;

	for (i = 0; i < s->n; i++) {
		if (i == k->cap) {
			k->frames = mem_room(k->frames, i, &k->cap, sizeof *k->frames);
			memset(k->frames + i, 0, (k->cap - i) * sizeof *k->frames);
		}
		f = &k->frames[i];
		f->code = s->frames[i].code;
		f->line = code_line(f->code, s->frames[i].off);
		f->locals.n = f->locals.more = 0;
		if (k->locals && !f->code->broken)
			locals_read(&f->locals, &k->values, f->code->addr, s->frames[i].addr);
	}
	k->nframes = s->n;
}

static struct held *
held(struct looking *k, pid_t tid)
{
	size_t i;

	for (i = 0; i < k->nheld; i++) {
		if (k->held[i].stop.tid == tid)
			return &k->held[i];
	}
	return NULL;
}

/* Reads a thread while it is held; -1 it has gone, 0 it cannot be held, 1 done. */
static int
read_held_thread(struct looking *k, const struct tstate *ts)
{
	struct held *h = held(k, ts->tid);
	struct stop one, *stop = h ? &h->stop : &one;
	bool there = true;
	int i;

	if (!h && (k->nheld || !ts->tid || stop_thread_within(stop, ts->tid, PATIENCE) < 0))
		return 0;
	for (i = 0; i < HOLDS; i++) {
		if (i) {
			stop_release(stop);
			if (stop_thread_within(stop, ts->tid, PATIENCE) < 0)
				return 0;
		}
		there = read_stack(k, ts, STOPS_HELD);
		if (!there || k->stack.quality != STACK_TORN)
			break;
	}
	if (there)
		read_frames(k);
	if (!h)
		stop_release(stop);
	return there ? 1 : -1;
}

/* A thread that sleeps need not be stopped for a proof. */
static bool
read_running(struct looking *k, const struct tstate *ts, bool active)
{
	bool never = k->stops == LOOK_NEVER;

	if (!active || never) {
		if (!read_stack(k, ts, STOPS_NEVER))
			return false;
		if (k->stack.quality == STACK_TORN && !never && !read_stack(k, ts, STOPS_RARELY))
			return false;
	} else if (!read_stack(k, ts, STOPS_RARELY)) {
		return false;
	}
	read_frames(k);
	return true;
}

static bool
read_core_thread(struct looking *k, const struct tstate *ts)
{
	if (!read_stack(k, ts, STOPS_HELD))
		return false;
	read_frames(k);
	return true;
}

/* False: the thread has ended. */
static bool
read_thread(struct looking *k, const struct tstate *ts, struct look_thread *t)
{
	int done = 0;

	if (k->py->core)
		done = read_core_thread(k, ts) ? 1 : -1;
	else if (k->stops == LOOK_PROCESS || (k->stops == LOOK_THREADS && k->locals))
		done = read_held_thread(k, ts);
	if (done < 0 || (done == 0 && !read_running(k, ts, t->active)))
		return false;
	t->loose_locals = k->locals && done == 0;
	t->torn = k->stack.quality == STACK_TORN;
	return true;
}

/*
 * A core does not say what its threads did; but one that was not in a system call, or died, or held
 * the GIL, did not sleep.
 */
static bool
is_active(struct looking *k, const struct tstate *ts)
{
	const struct core_thread *t;
	const struct held *h = held(k, ts->tid);

	if (h)
		return h->ran;
	if (!k->py->core)
		return ts->tid && proc_state(k->py->pid, ts->tid) == 'R';
	t = core_thread(k->py->core, ts->tid);
	return t && (!t->in_call || t->signal);
}

static void
show_thread(struct looking *k, const struct tstate *ts, look_fn *fn, void *arg, int *shown)
{
	struct look_thread t = {.tid = ts->tid, .ident = ts->ident, .interp = ts->interp_id};
	char name[1024];

	t.active = is_active(k, ts);
	if (threads_name(k->py, ts->interp, ts->ident, name, sizeof name))
		t.name = name;
	else if (ts->tid && ts->tid == (k->py->core ? k->py->main_tid : k->py->pid))
		t.name = "MainThread"; /* also before threading is imported */
	if (!read_thread(k, ts, &t))
		return;
	t.gil = k->stack.gil;
	t.active |= k->py->core && t.gil;
	t.collecting = k->stack.collecting;
	t.cut = k->stack.cut;
	t.frames = k->frames;
	t.n = k->nframes;
	fn(arg, &t);
	(*shown)++;
}

/* Stops every task, new ones too, until there are no others. */
static int
hold_all(struct looking *k)
{
	pid_t *tids = mem_new(TASKS_MAX, sizeof *tids);
	struct held *h;
	size_t before = 0;
	int i, n, round;

	for (round = 0; round < ROUNDS; round++) {
		n = proc_tasks(k->py->pid, tids, TASKS_MAX);
		for (i = 0; i < n && i < TASKS_MAX; i++) {
			if (held(k, tids[i]))
				continue;
			k->held = mem_grow(k->held, k->nheld + 1, sizeof *k->held);
			h = &k->held[k->nheld];
			h->ran = proc_state(k->py->pid, tids[i]) == 'R';
			if (stop_thread_within(&h->stop, tids[i], PATIENCE) == 0)
				k->nheld++;
		}
		if (n < 0 || k->nheld == before)
			break;
		before = k->nheld;
	}
	free(tids);
	return k->nheld ? 0 : -1;
}

static void
let_go(struct looking *k)
{
	while (k->nheld)
		stop_release(&k->held[--k->nheld].stop);
	stop_late(false); /* the kernel lets go those that are later still, when we end */
}

static int
look_at_all(struct looking *k, look_fn *fn, void *arg)
{
	int shown = 0;
	size_t i;

	if (threads_read(&k->threads, k->py) < 0)
		return err_set("its threads cannot be read");
	/* The interpreter lists its newest thread first. */
	for (i = k->threads.n; i-- > 0;) {
		show_thread(k, &k->threads.t[i], fn, arg, &shown);
		if (codes_full(&k->codes))
			codes_clear(&k->codes);
	}
	return shown;
}

int
look(struct python *py, bool locals, enum look_stops stops, look_fn *fn, void *arg)
{
	struct looking k = {.py = py, .locals = locals, .stops = stops, .values.types.py = py};
	int shown;
	size_t i;

	if (stops == LOOK_PROCESS && !py->core && hold_all(&k) < 0)
		return -1;
	shown = look_at_all(&k, fn, arg);
	let_go(&k);
	for (i = 0; i < k.cap; i++)
		locals_free(&k.frames[i].locals);
	free(k.frames);
	free(k.held);
	threads_free(&k.threads);
	codes_clear(&k.codes);
	set_free(&k.edges);
	values_free(&k.values);
	stack_free(&k.stack);
	snap_free(&k.snap);
	return shown;
}
