#include "stream/space.h"
#include "base/err.h"

#include <stdlib.h>
#include <string.h>

/* So many ended processes are kept at most. */
enum { DEAD_MAX = 1024 };

struct maps {
	size_t refs;
	struct ranges t;
};

static void
maps_drop(struct spaces *s, struct proc *p)
{
	struct maps *m = p->maps;

	p->maps = NULL;
	if (!m || --m->refs)
		return;
	s->total -= m->t.n;
	ranges_free(&m->t);
	free(m);
}

/* A table that only this process has. */
static struct maps *
maps_own(struct spaces *s, struct proc *p)
{
	struct maps *old = p->maps, *m;

	if (old && old->refs == 1)
		return old;
	m = mem_new(1, sizeof *m);
	m->refs = 1;
	if (old) {
		ranges_copy(&m->t, &old->t);
		s->total += m->t.n;
		old->refs--;
	}
	return p->maps = m;
}

static struct proc *
proc_of(struct spaces *s, uint32_t pid)
{
	bool fresh;
	uint32_t *at = map_put(&s->index, pid, &fresh);

	if (!fresh)
		return &s->procs[*at];
	s->procs = mem_room(s->procs, s->n, &s->cap, sizeof *s->procs);
	*at = (uint32_t)s->n;
	s->procs[s->n] = (struct proc){.pid = pid, .version = ++s->version};
	return &s->procs[s->n++];
}

static void
revive(struct spaces *s, struct proc *p)
{
	s->dead -= p->dead;
	p->dead = false;
}

uint32_t
space_version(struct spaces *s, uint32_t pid)
{
	return proc_of(s, pid)->version;
}

const struct range *
space_find(struct spaces *s, uint32_t pid, uint64_t at)
{
	const struct maps *m = proc_of(s, pid)->maps;

	return m ? ranges_find(&m->t, at) : NULL;
}

int
space_map(struct spaces *s, uint32_t pid, uint64_t start, uint64_t len, uint32_t file)
{
	struct proc *p = proc_of(s, pid);
	struct maps *m;
	size_t before;
	uint64_t end;
	int rc;

	if (!len)
		return 0;
	if (__builtin_add_overflow(start, len - 1, &end))
		end = UINT64_MAX;
	revive(s, p);
	p->version = ++s->version;
	if (s->total + (p->maps ? p->maps->t.n : 0) + 2 > SPACE_MAX)
		return err_set("more than %d mappings at a time", SPACE_MAX);
	m = maps_own(s, p);
	before = m->t.n;
	rc = ranges_set(&m->t, start, end, file);
	s->total += m->t.n - before;
	return rc;
}

void
space_fork(struct spaces *s, uint32_t pid, uint32_t parent)
{
	struct maps *m;
	struct proc *p;

	if (pid == parent)
		return;
	m = proc_of(s, parent)->maps;
	p = proc_of(s, pid);
	if (m)
		m->refs++;
	maps_drop(s, p);
	revive(s, p);
	p->maps = m;
	p->version = ++s->version;
}

void
space_exec(struct spaces *s, uint32_t pid)
{
	struct proc *p = proc_of(s, pid);

	maps_drop(s, p);
	revive(s, p);
	p->version = ++s->version;
}

/* Closes the ranks of those that live. */
static void
sweep(struct spaces *s)
{
	size_t i, n = 0;
	bool fresh;

	map_clear(&s->index);
	for (i = 0; i < s->n; i++) {
		if (s->procs[i].dead) {
			maps_drop(s, &s->procs[i]);
			continue;
		}
		*map_put(&s->index, s->procs[i].pid, &fresh) = (uint32_t)n;
		s->procs[n++] = s->procs[i];
	}
	s->n = n;
	s->dead = 0;
}

void
space_exit(struct spaces *s, uint32_t pid)
{
	struct proc *p = proc_of(s, pid);

	s->dead += !p->dead;
	p->dead = true;
	if (s->dead > DEAD_MAX && s->dead > s->n / 2)
		sweep(s);
}

void
spaces_clear(struct spaces *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		maps_drop(s, &s->procs[i]);
	map_clear(&s->index);
	s->n = s->dead = 0;
}

void
spaces_free(struct spaces *s)
{
	spaces_clear(s);
	map_free(&s->index);
	free(s->procs);
	memset(s, 0, sizeof *s);
}
