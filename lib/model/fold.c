#include "model/fold.h"
#include "model/roots.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { PATHS = 64 }; /* threads whose last path is kept; others take turns */

/* A chain as it was added, root first. */
struct path {
	uint32_t base; /* the node it hangs under */
	size_t n, cap;
	struct step {
		uint32_t frame, node;
	} * steps;
};

enum verdict { CHOSEN, OTHER_EVENT, OTHER_PID, OTHER_TID, OTHER_TIME, IDLE, NO_GIL, VERDICTS };

struct fold {
	const struct fold_opts *o;
	const struct reader *reader;
	struct stacks stacks;
	struct roots roots;
	uint32_t *labels; /* by frame id: label + 1, 0 not made yet */
	size_t nlabels;
	struct path paths[PATHS];
	struct buf text; /* a label, or the remark */
	bool started;
	uint64_t start; /* time of the file's first sample */
	uint64_t samples[VERDICTS];
	uint64_t ticks, lost, sum; /* sum: of the weights, must fit */
	char other[64];            /* the first event that was not asked for */
};

struct fold *
fold_new(const struct fold_opts *o)
{
	struct fold *f = mem_new(1, sizeof *f);

	f->o = o;
	stacks_init(&f->stacks);
	return f;
}

static void
begin_stream(struct fold *f)
{
	f->started = false;
	roots_begin(&f->roots);
}

void
fold_begin(struct fold *f, const struct reader *r)
{
	size_t i;

	begin_stream(f);
	f->reader = r;
	if (f->nlabels)
		memset(f->labels, 0, f->nlabels * sizeof *f->labels);
	for (i = 0; i < PATHS; i++)
		f->paths[i].n = 0;
}

/* "cycles" is "cycles:u" and "cycles/period=9/" too: modifiers and terms are not the name. */
static bool
event_is(const char *event, const char *name, size_t n)
{
	if (strncmp(event, name, n))
		return false;
	event += n;
	return !*event || *event == '/' ||
	       (*event == ':' && !event[1 + strspn(event + 1, "ukhGHpPSDIWe")]);
}

static bool
named(const struct event *ev, const char *list)
{
	static const char *const kinds[] = {"cpu", "idle", "await", "alloc", "line", ""};
	size_t n;

	for (; *list; list += n + (list[n] == ',')) {
		n = strcspn(list, ",");
		if (!n)
			continue;
		if (event_is(ev->event, list, n) ||
		    (!strncmp(kinds[ev->kind], list, n) && !kinds[ev->kind][n]))
			return true;
	}
	return false;
}

static bool
among(const struct opt_numbers *ids, uint32_t id)
{
	size_t i;

	for (i = 0; i < ids->n && ids->v[i] != id; i++)
		;
	return !ids->n || i < ids->n;
}

/* Idleness comes late: "-i adds them" is then true of those that it left out. */
static enum verdict
judge(struct fold *f, const struct event *ev)
{
	const struct fold_opts *o = f->o;
	double at = (double)(int64_t)(ev->time - f->start) / 1e9;
	bool asked = o->events && named(ev, o->events);

	if (o->events ? !asked && ev->kind != KIND_IDLE
	              : ev->kind != KIND_CPU && ev->kind != KIND_IDLE && ev->kind != KIND_OTHER)
		return OTHER_EVENT;
	if (!among(&o->pids, ev->pid))
		return OTHER_PID;
	if (!among(&o->tids, ev->tid))
		return OTHER_TID;
	if (at < o->time.from || at >= o->time.to)
		return OTHER_TIME;
	if (ev->kind == KIND_IDLE && !o->idle && !asked)
		return IDLE;
	if (o->gil && !(ev->state & STATE_GIL))
		return NO_GIL;
	return CHOSEN;
}

static bool
in_time(const struct event *ev)
{
	if (ev->kind != KIND_OTHER)
		return ev->kind != KIND_ALLOC;
	return event_is(ev->event, "cpu-clock", 9) || event_is(ev->event, "task-clock", 10);
}

static uint32_t
label_of(struct fold *f, uint32_t frame)
{
	size_t n = f->nlabels;

	if (frame >= n) {
		f->nlabels = frame < 512 ? 1024 : (size_t)frame * 2;
		f->labels = mem_grow(f->labels, f->nlabels, sizeof *f->labels);
		memset(f->labels + n, 0, (f->nlabels - n) * sizeof *f->labels);
	}
	if (!f->labels[frame]) {
		f->text.len = 0;
		label_frame(&f->text, reader_frame(f->reader, frame), f->o->labels);
		f->labels[frame] = stacks_label(&f->stacks, f->text.p, f->text.len) + 1;
	}
	return f->labels[frame] - 1;
}

static uint32_t
root_of(struct fold *f, const struct event *ev)
{
	struct stacks *s = &f->stacks;
	uint32_t node = 0;

	if (f->o->processes)
		node = stacks_child(s, node, roots_label(&f->roots, s, ROOT_PROCESS, ev));
	if (f->o->threads)
		node = stacks_child(s, node, roots_label(&f->roots, s, ROOT_THREAD, ev));
	return node;
}

static struct path *
path_of(struct fold *f, uint32_t tid, uint32_t base, size_t depth)
{
	struct path *p = &f->paths[hash_mix(tid) % PATHS];

	if (p->base != base)
		p->n = 0;
	p->base = base;
	if (p->cap < depth) {
		p->cap = depth * 2;
		p->steps = mem_grow(p->steps, p->cap, sizeof *p->steps);
	}
	return p;
}

/* The node of the chain's leaf. */
static uint32_t
walk(struct fold *f, const struct event *ev)
{
	const uint32_t *root = ev->frames + ev->nframes; /* just above the root's frame */
	struct path *p = path_of(f, ev->tid, root_of(f, ev), ev->nframes);
	size_t i, n = p->n < ev->nframes ? p->n : ev->nframes;
	uint32_t node = p->base;

	for (i = 0; i < n && p->steps[i].frame == root[-1]; i++)
		root--;
	if (i)
		node = p->steps[i - 1].node;
	for (; i < ev->nframes; i++) {
		uint32_t frame = *--root;

		node = stacks_child(&f->stacks, node, label_of(f, frame));
		p->steps[i] = (struct step){frame, node};
	}
	p->n = ev->nframes;
	return node;
}

static int
add_sample(struct fold *f, const struct event *ev)
{
	uint64_t weight = ev->ticks;
	uint32_t node;

	if (f->o->weight == FOLD_TIME) {
		if (!in_time(ev))
			return err_set("event %s: its period is not time; weigh samples, or choose "
			               "other events",
			               *ev->event ? ev->event : "without a name");
		weight = ev->period;
	}
	if (__builtin_add_overflow(f->sum, weight, &f->sum))
		return err_set("the sum of the counts is over 64 bits");
	node = walk(f, ev);
	if (!ev->nframes)
		node = stacks_child(&f->stacks, node, stacks_label(&f->stacks, "[unknown]", 9));
	stacks_add(&f->stacks, node, weight);
	return 0;
}

int
fold_event(struct fold *f, const struct event *ev)
{
	enum verdict v;

	if (ev->type == EV_LOST)
		f->lost += ev->lost;
	else if (ev->type == EV_JOIN)
		begin_stream(f);
	else if (ev->type != EV_SAMPLE && (f->o->threads || f->o->processes))
		roots_event(&f->roots, ev);
	if (ev->type != EV_SAMPLE)
		return 0;
	if (!f->started)
		f->start = ev->time;
	f->started = true;
	f->ticks += ev->ticks;
	v = judge(f, ev);
	f->samples[v]++;
	if (v == OTHER_EVENT && !*f->other)
		strncpy(f->other, ev->event, sizeof f->other - 1);
	return v == CHOSEN ? add_sample(f, ev) : 0;
}

const struct stacks *
fold_end(struct fold *f)
{
	roots_settle(&f->roots, &f->stacks);
	return &f->stacks;
}

static void
say_left_out(const struct fold *f, struct buf *b)
{
	static const char *const why[VERDICTS] = {
	    [OTHER_EVENT] = "of other events",        [OTHER_PID] = "of other processes (--pid)",
	    [OTHER_TID] = "of other threads (--tid)", [OTHER_TIME] = "outside --time",
	    [IDLE] = "idle (-i adds them)",           [NO_GIL] = "without the GIL (-g)",
	};
	const char *before = "no sample chosen: ";
	int v;

	for (v = CHOSEN + 1; v < VERDICTS; v++) {
		if (!f->samples[v])
			continue;
		buf_printf(b, "%s%" PRIu64 " %s", before, f->samples[v], why[v]);
		if (v == OTHER_EVENT && *f->other)
			buf_printf(b, " (-e %s chooses such)", f->other);
		before = ", ";
	}
	if (!b->len)
		buf_str(b, "no samples in the stream");
}

const char *
fold_remark(struct fold *f)
{
	struct buf *b = &f->text;

	b->len = 0;
	if (!f->samples[CHOSEN])
		say_left_out(f, b);
	else if (f->lost > f->ticks / 100)
		buf_printf(b,
		           "%" PRIu64 " ticks were lost in recording, against %" PRIu64 " sampled",
		           f->lost, f->ticks);
	if (!b->len)
		return NULL;
	buf_char(b, '\0');
	return b->p;
}

void
fold_free(struct fold *f)
{
	size_t i;

	for (i = 0; i < PATHS; i++)
		free(f->paths[i].steps);
	stacks_free(&f->stacks);
	roots_free(&f->roots);
	buf_free(&f->text);
	free(f->labels);
	free(f);
}
