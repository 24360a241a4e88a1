#include "record/process.h"
#include "base/clock.h"
#include "base/err.h"
#include "target/proc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	MS = 1000000,
	LOOK_AGAIN = 10 * MS,  /* for threads that C started while all of Python's slept */
	CHECK_AGAIN = 20 * MS, /* for code objects in frames that do not change, and sooner where */
	CHECK_SHARE = 32,      /* they are new: after one part in so many of their age */
	FIRST_PATIENCE = 1 * MS,   /* between searches for CPython: a program maps it soon, */
	LAST_PATIENCE = 1000 * MS, /* or never */
	EXE_EVERY = 10 * MS,       /* between looks at which program it is */
	NAME_TRIES = 11,           /* 1 ms after the first, then 2, 4, ...: in the first second */
	RELISTS = 100,
};

void
process_init(struct process *p, pid_t pid, enum stops stops, uint64_t interval)
{
	*p = (struct process){
	    .pid = pid, .stops = stops, .interval = interval, .patience = FIRST_PATIENCE};
}

/*
 * Python names a thread when that first has the GIL; a thread of C's it never does. Until then a
 * reader has it under the name it inherits, and under its own as soon as that is known.
 */
static void
announce_thread(struct process *p, struct writer *w, struct thread *t, uint64_t now)
{
	char name[256];

	if (t->ts.tid != p->pid &&
	    !threads_name(&p->py, t->ts.interp, t->ts.ident, name, sizeof name)) {
		t->name_at = now + ((uint64_t)MS << t->name_tries);
		if (++t->name_tries < NAME_TRIES)
			return;
		proc_comm(p->pid, t->ts.tid, name);
	} else if (t->ts.tid == p->pid) {
		proc_comm(p->pid, p->pid, name);
	}
	t->name_at = UINT64_MAX;
	writer_comm(w, (uint32_t)p->pid, (uint32_t)t->ts.tid, now, name, false);
}

static struct thread *
find_thread(struct process *p, uint64_t addr, pid_t tid)
{
	size_t i;

	for (i = 0; i < p->n; i++) {
		if (p->threads[i]->ts.addr == addr && p->threads[i]->ts.tid == tid)
			return p->threads[i];
	}
	return NULL;
}

static void
add_thread(struct process *p, struct writer *w, const struct tstate *ts, uint64_t now)
{
	struct thread *t = mem_new(1, sizeof *t);

	t->ts = *ts;
	t->last = now;
	t->present = true;
	if (task_open(&t->task, p->pid, ts->tid, now) < 0) {
		free(t);
		return;
	}
	p->threads = mem_room(p->threads, p->n, &p->cap, sizeof *p->threads);
	p->threads[p->n++] = t;
	p->count.threads++;
	if (ts->tid != p->pid)
		writer_fork(w, (uint32_t)p->pid, (uint32_t)p->pid, (uint32_t)ts->tid,
		            (uint32_t)p->pid, now);
	announce_thread(p, w, t, now);
}

static void
write_sample(struct process *p, struct writer *w, struct thread *t, struct wsample s)
{
	s.pid = (uint32_t)p->pid;
	s.tid = (uint32_t)t->ts.tid;
	s.interp = t->ts.interp_id;
	if (!s.ips) {
		s.ips = t->ips;
		s.n = t->nips;
	}
	writer_sample(w, &s);
}

static void
flush_idle(struct process *p, struct writer *w, struct thread *t)
{
	if (!t->idle_ticks && !t->idle_ns)
		return;
	write_sample(p, w, t,
	             (struct wsample){.kind = KIND_IDLE,
	                              .time = t->last,
	                              .period = t->idle_ns,
	                              .ticks = t->idle_ticks,
	                              .state = t->idle_state});
	t->idle_ticks = 0;
	t->idle_ns = 0;
}

/* The frame of what is not known. */
static uint64_t
mark(struct writer *w, const char *name)
{
	const struct wsymbol s = {.func = name, .func_len = strlen(name), .file = ""};

	return writer_ip(writer_symbol(w, &s), 0, 0);
}

/*
 * Time that no sample of its kind has carried: so much of it passed without a tick. Where the
 * thread does something else by now, its stack is not that of then.
 */
static void
write_missed(struct process *p, struct writer *w, struct thread *t, int kind, uint64_t period)
{
	uint64_t missed = period ? mark(w, "[missed]") : 0;
	struct wsample s = {
	    .kind = kind == LEDGER_CPU ? KIND_CPU : KIND_IDLE,
	    .time = t->last,
	    .period = period,
	    .state = kind == LEDGER_READY ? STATE_PREEMPTED : 0,
	    .ips = &missed,
	    .n = 1,
	};

	if (t->state_kind == kind || (t->state_kind != LEDGER_IDLE && kind != LEDGER_IDLE)) {
		s.state |= t->state & (uint16_t)~STATE_PREEMPTED;
		s.ips = t->ips;
		s.n = t->nips;
	}
	if (period)
		write_sample(p, w, t, s);
}

/* The last of its time. */
static void
settle(struct process *p, struct writer *w, struct thread *t)
{
	uint64_t rest[LEDGER_KINDS];
	int i;

	flush_idle(p, w, t);
	ledger_settle(&t->ledger, rest);
	for (i = 0; i < LEDGER_KINDS; i++)
		write_missed(p, w, t, i, rest[i]);
}

static void
free_thread(struct thread *t)
{
	task_close(&t->task);
	snap_free(&t->snap);
	stack_free(&t->stack);
	free(t->ips);
	free(t);
}

static void
remove_thread(struct process *p, struct writer *w, size_t i, uint64_t now)
{
	struct thread *t = p->threads[i];

	settle(p, w, t);
	writer_exit(w, (uint32_t)p->pid, (uint32_t)p->pid, (uint32_t)t->ts.tid, (uint32_t)p->pid,
	            now);
	free_thread(t);
	p->threads[i] = p->threads[--p->n];
}

/* Brings our threads in line with the interpreter's list. -1: it cannot be read. */
static int
list_threads(struct process *p, struct writer *w, uint64_t now)
{
	size_t i, before = p->list.n;
	struct thread *t;

	p->looked = now;
	if (threads_read(&p->list, &p->py) < 0)
		return -1;
	for (i = 0; i < p->n; i++)
		p->threads[i]->present = false;
	for (i = 0; i < p->list.n; i++) {
		t = find_thread(p, p->list.t[i].addr, p->list.t[i].tid);
		if (t) {
			t->ts = p->list.t[i];
			t->present = true;
		} else if (p->list.t[i].tid) {
			add_thread(p, w, &p->list.t[i], now);
		}
	}
	for (i = p->n; i-- > 0;) {
		if (!p->threads[i]->present)
			remove_thread(p, w, i, now);
	}
	/* A starting thread runs soon; one made for later use, perhaps never. */
	p->relisted = p->list.n == before ? p->relisted + 1 : 0;
	p->stale = p->list.starting && p->relisted < RELISTS;
	return 0;
}

/* The memory is not CPython's any more: by exec, or by its end. */
static void
lose(struct process *p, struct writer *w, uint64_t now)
{
	while (p->n)
		remove_thread(p, w, p->n - 1, now);
	codes_clear(&p->codes);
	set_free(&p->edges);
	p->status = proc_gone(p->pid) ? PROCESS_GONE : PROCESS_WAITING;
	p->patience = FIRST_PATIENCE;
	p->looked = now;
}

int
process_attach(struct process *p, struct writer *w, uint64_t now)
{
	char name[16];

	p->looked = now;
	p->why = python_find(&p->py, p->pid);
	if (p->why != PYTHON_FOUND) {
		if (p->why == PYTHON_GONE)
			p->status = PROCESS_GONE;
		return -1;
	}
	p->status = PROCESS_LIVE;
	proc_comm(p->pid, p->pid, name);
	writer_comm(w, (uint32_t)p->pid, (uint32_t)p->pid, now, name, p->was_live);
	p->was_live = true;
	if (list_threads(p, w, now) == 0 && p->n)
		return 0;
	lose(p, w, now);
	return err_set("process %d: its threads cannot be read", p->pid);
}

/*
 * Looks again at a process that is not (yet, or any more) CPython: often at first, then less often;
 * at once when it has become another program, which costs little to see.
 */
static void
look_again(struct process *p, struct writer *w, uint64_t now)
{
	uint64_t exe;

	if (now - p->looked < (p->patience < EXE_EVERY ? p->patience : EXE_EVERY))
		return;
	p->looked = now;
	if (proc_gone(p->pid)) {
		p->status = PROCESS_GONE;
		return;
	}
	exe = proc_exe(p->pid);
	if (exe != p->exe)
		p->patience = FIRST_PATIENCE;
	else if (now - p->searched < p->patience)
		return;
	p->exe = exe;
	p->searched = now;
	if (p->patience < LAST_PATIENCE)
		p->patience += p->patience / 4;
	if (p->why != PYTHON_STARTING || python_ready(&p->py))
		process_attach(p, w, now);
}

static uint64_t
symbol_of(struct writer *w, struct code *c)
{
	struct wsymbol s = {
	    .func = c->func,
	    .file = c->file,
	    .func_len = c->func_len,
	    .file_len = c->file_len,
	    .root = c->root,
	    .firstline = c->firstline,
	    .base = c->base,
	};

	if (!c->symbol)
		c->symbol = writer_symbol(w, &s);
	return c->symbol;
}

/* How long a code object is taken for what it was: what has lived long will live on. */
static uint64_t
trust(const struct code *c, uint64_t now)
{
	uint64_t share = (now - c->read) / CHECK_SHARE;

	return share < CHECK_AGAIN ? share : CHECK_AGAIN;
}

/* Makes sure that every code object of the stack is what we think it is; true: nothing changed. */
static bool
codes_hold(struct process *p, const struct stack *s, size_t same, uint64_t now)
{
	uint64_t addrs[STACK_DEPTH], n = 0;
	size_t i;

	for (i = 0; i < s->n; i++) {
		struct code *c = s->frames[i].code;

		if (c->checked == now || (i >= s->n - same && now - c->checked < trust(c, now)))
			continue;
		c->checked = now;
		addrs[n++] = c->addr;
	}
	return n == 0 || !codes_check(&p->codes, &p->py, addrs, n, now);
}

static void
resolve(struct writer *w, struct thread *t)
{
	const struct stack *s = &t->stack;
	size_t same = t->ips_hold ? s->same : 0, i;

	if (s->n + 1 > t->ips_cap) { /* room for a mark */
		t->ips_cap = s->n + 64;
		t->ips = mem_grow(t->ips, t->ips_cap, sizeof *t->ips);
	}
	if (same)
		memmove(t->ips + s->n - same, t->ips + t->nips - same, same * sizeof *t->ips);
	for (i = 0; i < s->n - same; i++) {
		struct code *c = s->frames[i].code;

		t->ips[i] = writer_ip(symbol_of(w, c), c->base, code_line(c, s->frames[i].off));
	}
	t->nips = s->n;
	t->ips_hold = true;
}

/* A leaf that says: above here is not known. */
static void
mark_torn(struct thread *t, struct writer *w)
{
	memmove(t->ips + 1, t->ips, t->nips * sizeof *t->ips);
	t->ips[0] = mark(w, "[torn]");
	t->nips++;
	t->ips_hold = false;
}

static uint16_t
state_of(const struct thread *t, enum task_state state)
{
	static const uint16_t quality[] = {
	    [STACK_CLEAN] = STATE_CLEAN,
	    [STACK_RETRIED] = STATE_RETRIED,
	    [STACK_STOPPED] = STATE_STOPPED,
	    [STACK_TORN] = STATE_TORN,
	};
	const struct stack *s = &t->stack;

	return (uint16_t)(quality[s->quality] | (s->gil ? STATE_GIL : 0) |
	                  (s->collecting ? STATE_GC : 0) | (t->waits_for_gil ? STATE_GIL_WAIT : 0) |
	                  (state == TASK_READY ? STATE_PREEMPTED : 0));
}

/*
 * take_gil() and drop_gil() wait on condition variables in the GIL itself, other locks on futexes
 * of their own.
 */
static bool
waits_for_gil(struct process *p, struct thread *t, enum task_state state)
{
	uint64_t futex;

	if (state != TASK_ASLEEP || t->stack.gil || !t->ts.gil)
		return false;
	futex = task_futex(&t->task);
	return futex >= t->ts.gil && futex - t->ts.gil < p->py.lay.gil_size;
}

static int
ledger_kind(enum task_state state)
{
	return state == TASK_RUNNING ? LEDGER_CPU
	       : state == TASK_READY ? LEDGER_READY
	                             : LEDGER_IDLE;
}

static void
add_idle(struct process *p, struct writer *w, struct thread *t, uint64_t period)
{
	if (t->idle_state != t->state)
		flush_idle(p, w, t);
	t->idle_ticks++;
	t->idle_ns += period;
	t->idle_state = t->state;
}

/* This tick's sample, and time of other kinds that have none to carry it. */
static void
account(struct process *p, struct writer *w, struct thread *t, enum task_state state, uint64_t now)
{
	int kind = ledger_kind(state), i;
	uint64_t period;

	t->state = state_of(t, state);
	t->state_kind = kind;
	ledger_add(&t->ledger, now - t->last, t->task.ran - t->ran, t->task.ready - t->ready);
	t->last = now;
	t->ran = t->task.ran;
	t->ready = t->task.ready;
	period = ledger_pay(&t->ledger, kind, p->interval);
	if (kind != LEDGER_CPU)
		add_idle(p, w, t, period);
	else
		write_sample(p, w, t,
		             (struct wsample){.kind = KIND_CPU,
		                              .time = now,
		                              .period = period,
		                              .ticks = 1,
		                              .state = t->state});
	for (i = 0; i < LEDGER_KINDS; i++) {
		if (i != kind)
			write_missed(p, w, t, i, ledger_overdue(&t->ledger, i, p->interval));
	}
}

static void
count_quality(struct process *p, enum stack_quality quality)
{
	p->count.retried += quality == STACK_RETRIED;
	p->count.stopped += quality == STACK_STOPPED;
	p->count.torn += quality == STACK_TORN;
}

/* Whether the words read with the stack say that threads have started or ended. */
static bool
saw_change(const struct process *p, const struct thread *t)
{
	size_t i;

	for (i = 0; i < p->list.ninterps && p->list.interp[i] != t->ts.interp; i++)
		;
	return i == p->list.ninterps || t->stack.threads != p->list.heads[i];
}

/*
 * A code object that is found to be another one may have become that just before the stack was
 * copied or just after: then the stack is read again. -1: the thread has gone.
 */
static int
read_thread(struct process *p, struct thread *t, enum stops stops, uint64_t now)
{
	const struct stack_source source = {&p->py, &p->codes, &p->edges, stops};
	int i;

	for (i = 0; i < 3; i++, now = clock_now()) {
		if (stack_read(&t->stack, &source, &t->snap, &t->ts, now) < 0)
			return -1;
		if (codes_hold(p, &t->stack, t->ips_hold ? t->stack.same : 0, now))
			break;
		t->ips_hold = false;
	}
	return 0;
}

/* false: the thread has gone, and with it perhaps the process. */
static bool
sample_thread(struct process *p, struct writer *w, struct thread *t, uint64_t now)
{
	enum task_state state = task_poll(&t->task, now);

	if (state == TASK_GONE)
		return false;
	p->count.samples++;
	if (!t->task.same) {
		flush_idle(p, w, t);
		if (read_thread(p, t, state == TASK_RUNNING ? p->stops : STOPS_NEVER, now) < 0)
			return false;
		p->stale |= saw_change(p, t);
		resolve(w, t);
		if (t->stack.quality == STACK_TORN)
			mark_torn(t, w);
		count_quality(p, t->stack.quality);
		t->waits_for_gil = waits_for_gil(p, t, state);
	}
	account(p, w, t, state, now);
	return true;
}

/* Whether the first interpreter, and the first thread of each, is the one it was. */
static bool
list_holds(struct process *p)
{
	uint64_t head;
	size_t i;

	if (python_word(&p->py, p->py.runtime + p->py.lay.rt_interp_head, &head) < 0 ||
	    head != p->list.interps)
		return false;
	if (p->list.starting)
		return false;
	for (i = 0; i < p->list.ninterps; i++) {
		if (python_word(&p->py, p->list.interp[i] + p->py.lay.in_threads, &head) < 0 ||
		    head != p->list.heads[i])
			return false;
	}
	return true;
}

static void
sample_threads(struct process *p, struct writer *w, uint64_t now)
{
	size_t i;

	for (i = 0; i < p->n; i++) {
		struct thread *t = p->threads[i];

		if (now >= t->name_at)
			announce_thread(p, w, t, now);
		if (!sample_thread(p, w, t, now))
			p->stale = true;
	}
	if (!p->stale && now - p->looked > LOOK_AGAIN) {
		p->looked = now;
		p->stale = !list_holds(p);
	}
	if (p->stale && (list_threads(p, w, now) < 0 || p->n == 0))
		lose(p, w, now);
}

void
process_tick(struct process *p, struct writer *w, uint64_t now)
{
	if (p->status == PROCESS_LIVE)
		sample_threads(p, w, now);
	else if (p->status == PROCESS_WAITING)
		look_again(p, w, now);
}

void
process_flush(struct process *p, struct writer *w)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		flush_idle(p, w, p->threads[i]);
}

void
process_settle(struct process *p, struct writer *w)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		settle(p, w, p->threads[i]);
}

void
process_forget(struct process *p)
{
	size_t i;

	codes_clear(&p->codes);
	for (i = 0; i < p->n; i++) {
		struct thread *t = p->threads[i];

		t->nips = 0;
		t->ips_hold = false;
		stack_free(&t->stack);
		task_forget(&t->task); /* its stack is read and resolved anew */
	}
}

void
process_free(struct process *p)
{
	while (p->n)
		free_thread(p->threads[--p->n]);
	free(p->threads);
	threads_free(&p->list);
	set_free(&p->edges);
	codes_clear(&p->codes);
}
