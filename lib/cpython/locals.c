#include "cpython/locals.h"
#include "base/at.h"
#include "cpython/object.h"

#include <stdlib.h>
#include <string.h>

/* SLOTS_MAX bounds what is read for a frame whose code lies. */
enum { SLOTS_MAX = 16384, NAME_CHARS = 200 };

/* co_flags, Include/cpython/code.h; co_localspluskinds, Include/internal/pycore_code.h. */
enum { VARARGS = 4, VARKEYWORDS = 8, FAST_CELL = 0x40, FAST_FREE = 0x80 };

/* The fast locals of a frame, as they lie. */
struct slots {
	uint64_t *name, *value;
	bool *argument, *cell; /* cell: the value is in a cell, or may be */
	size_t n;
};

struct reading {
	struct values *vs;
	struct python *py;
	const char *code; /* the code object's head */
	uint64_t frame;
	struct slots s;
};

/* How many of the first names are arguments: positional, keyword-only, *args, **kwargs. */
static uint64_t
argument_count(const struct reading *r)
{
	const struct layout *l = &r->py->lay;
	uint32_t flags = u32_at(r->code, l->co_flags);

	return (uint64_t)u32_at(r->code, l->co_argcount) + u32_at(r->code, l->co_kwonly) +
	       !!(flags & VARARGS) + !!(flags & VARKEYWORDS);
}

/* Up to max items of a tuple; how many. */
static size_t
read_tuple(struct python *py, uint64_t tuple, uint64_t *items, size_t max)
{
	uint64_t n;

	if (!tuple || python_word(py, tuple + py->lay.bytes_size, &n) < 0)
		return 0;
	n = n < max ? n : max;
	return n && remote_read(&py->mem, tuple + py->lay.tuple_items, items, n * 8) == 0 ? n : 0;
}

static int
make_slots(struct reading *r, uint64_t n)
{
	struct slots *s = &r->s;

	if (n > SLOTS_MAX)
		return err_set("code object: %llu locals", (unsigned long long)n);
	s->n = n;
	s->name = mem_new(n + 1, sizeof *s->name);
	s->value = mem_new(n + 1, sizeof *s->value);
	s->argument = mem_new(n + 1, sizeof *s->argument);
	s->cell = mem_new(n + 1, sizeof *s->cell);
	if (n && remote_read(&r->py->mem, r->frame + r->py->lay.fr_locals, s->value, n * 8) < 0)
		return err_set("frame at %#llx: cut off", (unsigned long long)r->frame);
	return 0;
}

/* 3.11+: one tuple of names, and a byte for each that says what it is. */
static int
read_plus(struct reading *r)
{
	const struct layout *l = &r->py->lay;
	uint64_t args = argument_count(r);
	struct buf kinds = {0};
	size_t i;

	if (make_slots(r, u32_at(r->code, l->co_nlocalsplus)) < 0)
		return -1;
	r->s.n = read_tuple(r->py, u64_at(r->code, l->co_localsnames), r->s.name, r->s.n);
	object_bytes(r->py, u64_at(r->code, l->co_localskinds), SLOTS_MAX, &kinds);
	for (i = 0; i < r->s.n; i++) {
		/* The low bits are a tag (3.14+): both set, it is no object. */
		if (~l->code_mask && (r->s.value[i] & ~l->code_mask) == ~l->code_mask)
			r->s.value[i] = 0;
		r->s.value[i] &= l->code_mask;
		r->s.argument[i] = i < args;
		r->s.cell[i] = i < kinds.len && kinds.p[i] & (FAST_CELL | FAST_FREE);
	}
	buf_free(&kinds);
	return 0;
}

/* For each cell variable the number of the argument that it is (<= 3.10): it goes there. */
static void
place_cell_arguments(struct reading *r, size_t first, size_t n)
{
	uint64_t map = u64_at(r->code, r->py->lay.co_cell2arg), arg;
	struct slots *s = &r->s;
	size_t i;

	for (i = first; map && i < first + n; i++) {
		if (python_word(r->py, map + (i - first) * 8, &arg) < 0 || arg >= first)
			continue;
		s->value[arg] = s->value[i];
		s->cell[arg] = true;
		s->value[i] = 0;
	}
}

/* <= 3.10: locals, then cells, then free variables; an argument that is a cell has both slots. */
static int
read_three(struct reading *r)
{
	const struct layout *l = &r->py->lay;
	uint64_t nlocals = u32_at(r->code, l->co_nlocals), ncells = 0, nfree = 0, args;
	uint64_t cells = u64_at(r->code, l->co_cellvars), frees = u64_at(r->code, l->co_freevars);
	size_t i;

	python_word(r->py, cells + l->bytes_size, &ncells);
	python_word(r->py, frees + l->bytes_size, &nfree);
	if (ncells > SLOTS_MAX || nfree > SLOTS_MAX || make_slots(r, nlocals + ncells + nfree) < 0)
		return err_set("code object at %#llx: too many locals",
		               (unsigned long long)r->frame);
	args = argument_count(r);
	read_tuple(r->py, u64_at(r->code, l->co_varnames), r->s.name, nlocals);
	read_tuple(r->py, cells, r->s.name + nlocals, ncells);
	read_tuple(r->py, frees, r->s.name + nlocals + ncells, nfree);
	for (i = 0; i < r->s.n; i++) {
		r->s.argument[i] = i < args && i < nlocals;
		r->s.cell[i] = i >= nlocals;
	}
	place_cell_arguments(r, nlocals, ncells);
	return 0;
}

static void
open_cells(struct reading *r)
{
	size_t i;

	for (i = 0; i < r->s.n; i++) {
		if (!r->s.value[i] || !r->s.cell[i] || !value_is_cell(r->vs, r->s.value[i]))
			continue;
		if (python_word(r->py, r->s.value[i] + r->py->lay.cell_ref, &r->s.value[i]) < 0)
			r->s.value[i] = 0;
	}
}

static void
add(struct locals *to, struct reading *r, size_t i)
{
	struct local l = {.name = (uint32_t)to->text.len, .argument = r->s.argument[i]};

	if (to->n == LOCALS_MAX) {
		to->more++;
		return;
	}
	value_name(r->vs, r->s.name[i], &to->text);
	buf_char(&to->text, '\0');
	l.value = (uint32_t)to->text.len;
	value_show(r->vs, r->s.value[i], &to->text);
	buf_char(&to->text, '\0');
	to->l = mem_room(to->l, to->n, &to->cap, sizeof *to->l);
	to->l[to->n++] = l;
}

int
locals_read(struct locals *to, struct values *vs, uint64_t code, uint64_t frame)
{
	const struct layout *l = &vs->types.py->lay;
	struct reading r = {.vs = vs, .py = vs->types.py, .frame = frame};
	char head[LAYOUT_SIZE_MAX];
	size_t i;
	int status;

	to->n = to->text.len = to->more = 0;
	if (l->co_size > sizeof head || remote_read(&vs->types.py->mem, code, head, l->co_size) < 0)
		return err_set("code object at %#llx: cannot be read", (unsigned long long)code);
	r.code = head;
	status = l->co_localsnames == LAYOUT_NONE ? read_three(&r) : read_plus(&r);
	if (status == 0) {
		open_cells(&r);
		for (i = 0; i < r.s.n; i++) {
			if (r.s.value[i] && r.s.argument[i])
				add(to, &r, i);
		}
		for (i = 0; i < r.s.n; i++) {
			if (r.s.value[i] && !r.s.argument[i])
				add(to, &r, i);
		}
	}
	free(r.s.name);
	free(r.s.value);
	free(r.s.argument);
	free(r.s.cell);
	return status;
}

void
locals_free(struct locals *ls)
{
	free(ls->l);
	buf_free(&ls->text);
	*ls = (struct locals){0};
}
