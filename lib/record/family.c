#include "record/family.h"
#include "base/clock.h"
#include "target/proc.h"

#include <stdlib.h>
#include <string.h>

enum {
	SCAN_EVERY = 10000000, /* ns */
	SCAN_SHARE = 50,       /* a look takes at most one part in so many of the time */
};

static struct process *
find(const struct family *f, pid_t pid)
{
	size_t i;

	for (i = 0; i < f->n; i++) {
		if (f->p[i]->pid == pid)
			return f->p[i];
	}
	return NULL;
}

struct process *
family_add(struct family *f, pid_t pid)
{
	struct process *p = find(f, pid);

	if (p || f->n == FAMILY_MAX)
		return p;
	p = mem_new(1, sizeof *p);
	process_init(p, pid, f->stops, f->interval);
	f->p = mem_room(f->p, f->n, &f->cap, sizeof *f->p);
	f->p[f->n++] = p;
	return p;
}

static void
add_counts(struct process_counts *to, const struct process_counts *c)
{
	to->samples += c->samples;
	to->retried += c->retried;
	to->stopped += c->stopped;
	to->torn += c->torn;
	to->threads += c->threads;
}

static void
scan(struct family *f, struct writer *w, uint64_t now)
{
	pid_t children[256];
	uint64_t took;
	size_t i;
	int k, n;

	/* f->n grows while we look: children of children are found at once. */
	for (i = 0; i < f->n; i++) {
		n = proc_children(f->p[i]->pid, children, 256);
		for (k = 0; k < n && k < 256; k++) {
			if (find(f, children[k]) || !family_add(f, children[k]))
				continue;
			writer_fork(w, (uint32_t)children[k], (uint32_t)f->p[i]->pid,
			            (uint32_t)children[k], (uint32_t)f->p[i]->pid, now);
		}
	}
	took = (clock_now() - now) * SCAN_SHARE;
	f->scan_at = now + (took > SCAN_EVERY ? took : SCAN_EVERY);
}

void
family_tick(struct family *f, struct writer *w, uint64_t now)
{
	size_t i;

	if (f->follow && now >= f->scan_at)
		scan(f, w, now);
	for (i = f->n; i-- > 0;) {
		struct process *p = f->p[i];

		process_tick(p, w, now);
		if (p->status != PROCESS_GONE)
			continue;
		f->was_live |= p->was_live;
		add_counts(&f->ended, &p->count);
		process_free(p);
		free(p);
		f->p[i] = f->p[--f->n];
	}
}

void
family_flush(struct family *f, struct writer *w)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		process_flush(f->p[i], w);
}

void
family_settle(struct family *f, struct writer *w)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		process_settle(f->p[i], w);
}

bool
family_full(const struct family *f)
{
	size_t i;

	for (i = 0; i < f->n && !codes_full(&f->p[i]->codes); i++)
		;
	return i < f->n;
}

void
family_forget(struct family *f)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		process_forget(f->p[i]);
}

bool
family_was_live(const struct family *f)
{
	size_t i;

	for (i = 0; i < f->n && !f->p[i]->was_live; i++)
		;
	return f->was_live || i < f->n;
}

struct process_counts
family_counts(const struct family *f)
{
	struct process_counts sum = f->ended;
	size_t i;

	for (i = 0; i < f->n; i++)
		add_counts(&sum, &f->p[i]->count);
	return sum;
}

void
family_free(struct family *f)
{
	while (f->n) {
		process_free(f->p[--f->n]);
		free(f->p[f->n]);
	}
	free(f->p);
	memset(f, 0, sizeof *f);
}
