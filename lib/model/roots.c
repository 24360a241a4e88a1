#include "model/roots.h"
#include "model/label.h"

#include <stdlib.h>
#include <string.h>

/* A thread from its start to its end. */
struct root_life {
	uint64_t ended_at;
	bool ended;
	bool own;                   /* the name is its own, not its parent's */
	uint32_t name;              /* id + 1; 0: none */
	uint32_t label[ROOT_KINDS]; /* id + 1 in the stacks; 0: to be made */
	uint32_t draft[ROOT_KINDS]; /* index + 1, until the name is its own */
};

struct root_draft {
	enum root_kind kind;
	uint32_t id, label, name; /* name: id + 1; 0: none */
};

static struct root_life *
life(struct roots *r, uint32_t pid, uint32_t tid)
{
	bool fresh;
	uint32_t *at = map_put(&r->index, (uint64_t)pid << 32 | tid, &fresh);

	if (fresh) {
		r->lives = mem_room(r->lives, r->nlives, &r->lives_cap, sizeof *r->lives);
		memset(&r->lives[r->nlives], 0, sizeof *r->lives);
		*at = (uint32_t)r->nlives++;
	}
	return &r->lives[*at];
}

static void
begin_anew(struct root_life *l)
{
	memset(l, 0, sizeof *l);
}

static void
set_name(struct roots *r, struct root_life *l, uint32_t name, bool own)
{
	int k;

	for (k = 0; k < ROOT_KINDS; k++) {
		if (l->draft[k])
			r->drafts[l->draft[k] - 1].name = name;
		if (own)
			l->draft[k] = l->label[k] = 0;
	}
	l->name = name;
	l->own = own;
}

/* The event does not say which thread forked; the first one of its process stands for it. */
static void
inherit(struct roots *r, const struct event *ev)
{
	uint32_t name = life(r, ev->ppid, ev->ppid)->name;
	struct root_life *l = life(r, ev->pid, ev->tid);

	if (l->own || l->ended)
		begin_anew(l);
	if (name)
		set_name(r, l, name, false);
}

void
roots_event(struct roots *r, const struct event *ev)
{
	struct root_life *l;

	if (ev->type == EV_FORK) {
		inherit(r, ev);
	} else if (ev->type == EV_COMM) {
		l = life(r, ev->pid, ev->tid);
		if (l->ended)
			begin_anew(l);
		set_name(r, l, strings_id(&r->names, ev->comm, strlen(ev->comm)) + 1, true);
	} else if (ev->type == EV_EXIT) {
		l = life(r, ev->pid, ev->tid);
		l->ended = true;
		l->ended_at = ev->time;
	}
}

static uint32_t
spell(struct roots *r, struct stacks *s, enum root_kind kind, uint32_t id, uint32_t name,
      size_t draft)
{
	const char *text = name ? r->names.str[name - 1].p : NULL;
	struct buf b = {0};
	uint32_t label;

	if (kind == ROOT_THREAD)
		label_thread(&b, id, text);
	else
		label_process(&b, id, text);
	if (draft)
		buf_printf(&b, "%c%zu", '\0', draft); /* no name holds NUL: never another's label */
	label = stacks_label(s, b.p, b.len);
	buf_free(&b);
	return label;
}

static uint32_t
new_draft(struct roots *r, struct stacks *s, enum root_kind kind, uint32_t id, uint32_t name)
{
	struct root_draft *d;

	r->drafts = mem_room(r->drafts, r->ndrafts, &r->drafts_cap, sizeof *r->drafts);
	d = &r->drafts[r->ndrafts++];
	*d = (struct root_draft){.kind = kind, .id = id, .name = name};
	d->label = spell(r, s, kind, id, name, r->ndrafts);
	return d->label;
}

uint32_t
roots_label(struct roots *r, struct stacks *s, enum root_kind kind, const struct event *ev)
{
	uint32_t id = kind == ROOT_THREAD ? ev->tid : ev->pid;
	struct root_life *l = life(r, ev->pid, id);

	if (l->ended && ev->time >= l->ended_at)
		begin_anew(l);
	if (!l->label[kind] && l->own)
		l->label[kind] = spell(r, s, kind, id, l->name, 0) + 1;
	if (!l->label[kind]) {
		l->label[kind] = new_draft(r, s, kind, id, l->name) + 1;
		l->draft[kind] = (uint32_t)r->ndrafts;
	}
	return l->label[kind] - 1;
}

void
roots_settle(struct roots *r, struct stacks *s)
{
	uint32_t *final;
	size_t i, n;

	if (!r->ndrafts)
		return;
	final = mem_new(s->labels.n + r->ndrafts, sizeof *final);
	for (i = 0, n = s->labels.n; i < n; i++)
		final[i] = (uint32_t)i;
	for (i = 0; i < r->ndrafts; i++) {
		const struct root_draft *d = &r->drafts[i];

		final[d->label] = spell(r, s, d->kind, d->id, d->name, 0);
	}
	stacks_relabel(s, final);
	free(final);
	r->ndrafts = 0;
}

void
roots_begin(struct roots *r)
{
	map_clear(&r->index);
	r->nlives = 0;
}

void
roots_free(struct roots *r)
{
	map_free(&r->index);
	strings_free(&r->names);
	free(r->lives);
	free(r->drafts);
	memset(r, 0, sizeof *r);
}
