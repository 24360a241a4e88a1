#include "cpython/threads.h"
#include "base/at.h"
#include "base/mem.h"
#include "base/table.h"
#include "cpython/object.h"
#include "target/proc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* glibc's struct pthread has the tid at 720 on x86-64, 208 on aarch64; learnt, not assumed. */
enum { PTHREAD_SCAN = 1024 };

/*
 * Before 3.11 a thread state knows only pthread_self(), the address of glibc's struct pthread; the
 * kernel's tid stands somewhere in there. The offset is where a number of one of the process's own
 * tasks is found in every thread looked at; with one thread 720 or 208 are preferred.
 */
static void
learn_tid_offset(struct python *py, uint64_t self, pid_t known)
{
	static const uint32_t likely[] = {720, 208};
	uint32_t words[PTHREAD_SCAN / 4], i;

	if (remote_read(&py->mem, self, words, sizeof words) < 0)
		return;
	for (i = 0; i < sizeof likely / sizeof *likely; i++) {
		if (words[likely[i] / 4] == (uint32_t)known) {
			py->tid_at = likely[i];
			return;
		}
	}
	for (i = 0; i < PTHREAD_SCAN / 4; i++) {
		if (words[i] == (uint32_t)known) {
			py->tid_at = i * 4;
			return;
		}
	}
}

/* From the number that the target's own namespace has for a thread to ours. */
static pid_t
outer_tid(struct python *py, pid_t inner)
{
	pid_t tids[4096];
	int i, n;

	if (!py->other_pid_ns || !inner)
		return inner;
	n = proc_tasks(py->pid, tids, 4096);
	for (i = 0; i < n && i < 4096; i++) {
		if (proc_ns_tid(py->pid, tids[i]) == inner)
			return tids[i];
	}
	return 0;
}

static pid_t
tid_of(struct python *py, const char *ts)
{
	const struct layout *l = &py->lay;
	uint32_t tid;

	if (l->ts_native_id != LAYOUT_NONE)
		return outer_tid(py, (pid_t)u64_at(ts, l->ts_native_id));
	if (!py->tid_at ||
	    remote_read(&py->mem, u64_at(ts, l->ts_thread_id) + py->tid_at, &tid, sizeof tid) < 0)
		return 0;
	return outer_tid(py, (pid_t)tid);
}

/* The GIL is the interpreter's, which may share the main one's, or before 3.12 the runtime's. */
static uint64_t
gil_of(struct python *py, uint64_t interp)
{
	const struct layout *l = &py->lay;
	uint64_t gil;

	if (l->in_gil != LAYOUT_NONE)
		return python_word(py, interp + l->in_gil, &gil) == 0 ? gil : 0;
	return l->rt_gil != LAYOUT_NONE ? py->runtime + l->rt_gil : 0;
}

static int
read_interp(struct threads *list, struct python *py, uint64_t interp, uint16_t id)
{
	const struct layout *l = &py->lay;
	char ts[512];
	uint64_t at, gil = gil_of(py, interp);

	if (l->ts_size > sizeof ts || python_word(py, interp + l->in_threads, &at) < 0)
		return -1;
	list->heads = mem_grow(list->heads, list->ninterps + 1, sizeof *list->heads);
	list->interp = mem_grow(list->interp, list->ninterps + 1, sizeof *list->interp);
	list->interp[list->ninterps] = interp;
	list->heads[list->ninterps++] = at;
	while (at && list->n < THREADS_MAX && !set_has(&list->seen, at)) {
		set_add(&list->seen, at);
		if (remote_read(&py->mem, at, ts, l->ts_size) < 0 ||
		    u64_at(ts, l->ts_interp) != interp)
			break;
		list->t = mem_room(list->t, list->n, &list->cap, sizeof *list->t);
		list->t[list->n++] = (struct tstate){
		    .addr = at,
		    .interp = interp,
		    .gil = gil,
		    .ident = u64_at(ts, l->ts_thread_id),
		    .interp_id = id,
		};
		at = u64_at(ts, l->ts_next);
	}
	return 0;
}

/* The main thread is the last of the first-made interpreter's list, the last interpreter. */
static void
find_tids(struct threads *list, struct python *py)
{
	char ts[512];
	size_t i;

	if (list->n && !py->tid_at && py->lay.ts_native_id == LAYOUT_NONE)
		learn_tid_offset(py, list->t[list->n - 1].ident, py->main_tid);
	for (i = 0; i < list->n; i++) {
		if (remote_read(&py->mem, list->t[i].addr, ts, py->lay.ts_size) == 0)
			list->t[i].tid = tid_of(py, ts);
	}
	if (list->n == 1 && !list->t[0].tid)
		list->t[0].tid = py->core ? py->main_tid : py->pid;
}

static bool
seen_before(struct map *seen, uint64_t interp, unsigned what, uint64_t id)
{
	bool fresh;

	map_put(seen, hash_mix(interp + what) ^ id, &fresh);
	return !fresh;
}

/*
 * A thread state is listed before its thread runs, and until that has put in its own identifiers
 * they are 0 (3.12+) or those of the thread that started it, which stands further down the list.
 */
static void
find_starting(struct threads *list)
{
	struct map seen = {0};
	struct tstate *t;
	bool ident, tid;
	size_t i;

	list->starting = false;
	for (i = list->n; i-- > 0;) {
		t = &list->t[i];
		ident = seen_before(&seen, t->interp, 1, t->ident);
		tid = seen_before(&seen, t->interp, 2, (uint64_t)t->tid);
		if (ident || tid)
			t->tid = 0;
		list->starting |= !t->tid;
	}
	map_free(&seen);
}

int
threads_read(struct threads *list, struct python *py)
{
	const struct layout *l = &py->lay;
	uint64_t interp, id;

	list->n = 0;
	list->ninterps = 0;
	if (python_word(py, py->runtime + l->rt_interp_head, &interp) < 0)
		return -1;
	list->interps = interp;
	while (interp && list->ninterps < INTERPS_MAX && !set_has(&list->seen, interp)) {
		set_add(&list->seen, interp);
		if (python_word(py, interp + l->in_id, &id) < 0 ||
		    read_interp(list, py, interp, (uint16_t)id) < 0 ||
		    python_word(py, interp + l->in_next, &interp) < 0)
			break;
	}
	set_free(&list->seen);
	find_tids(list, py);
	find_starting(list);
	return 0;
}

void
threads_free(struct threads *list)
{
	free(list->t);
	free(list->heads);
	free(list->interp);
	memset(list, 0, sizeof *list);
}

/* The dict threading._active, from thread identifiers to Thread objects; 0: not imported. */
static uint64_t
active_dict(struct python *py, uint64_t interp)
{
	struct pairs pairs = {0};
	uint64_t modules, module, dict = 0;

	if (python_word(py, interp + py->lay.in_modules, &modules) == 0 && modules &&
	    object_dict(py, modules, &pairs) == 0 &&
	    (module = pairs_find(py, &pairs, "threading")) != 0 &&
	    python_word(py, module + py->lay.module_dict, &dict) == 0 && dict)
		dict = object_dict(py, dict, &pairs) == 0 ? pairs_find(py, &pairs, "_active") : 0;
	pairs_free(&pairs);
	return dict;
}

/* The Thread object of a thread, from the dict; 0: not there. */
static uint64_t
find_thread(struct python *py, uint64_t dict, uint64_t ident)
{
	struct pairs pairs = {0};
	uint64_t v, thread = 0;
	size_t i;

	if (dict && object_dict(py, dict, &pairs) == 0) {
		for (i = 0; i < pairs.n && !thread; i++) {
			if (object_int(py, pairs.p[i].key, &v) == 0 && v == ident)
				thread = pairs.p[i].value;
		}
	}
	pairs_free(&pairs);
	return thread;
}

bool
threads_name(struct python *py, uint64_t interp, uint64_t ident, char *to, size_t size)
{
	struct pairs pairs = {0};
	struct buf name = {0};
	uint64_t thread, str;
	bool found;

	/* Finding the dict takes some hundred reads, so it is remembered while it serves. */
	thread = py->active_interp == interp ? find_thread(py, py->active, ident) : 0;
	if (!thread) {
		py->active_interp = interp;
		py->active = active_dict(py, interp);
		thread = find_thread(py, py->active, ident);
	}
	found = thread && object_attributes(py, thread, &pairs) == 0 &&
	        (str = pairs_find(py, &pairs, "_name")) != 0 &&
	        object_str(py, str, size / 4, &name) == 0 && name.len < size;
	if (found) {
		memcpy(to, name.p, name.len);
		to[name.len] = '\0';
	}
	pairs_free(&pairs);
	buf_free(&name);
	return found && *to;
}
