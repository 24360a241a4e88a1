/*
 * look: every thread of a process, or of a core, once: its stack, what it does, its locals.
 *
 * A live process runs on. How far one look may disturb it:
 *
 *   LOOK_THREADS  a thread is stopped, alone, while its locals are read, so that they belong to
 *                 its frames; without locals only where its stack cannot be proved otherwise
 *   LOOK_NEVER    nothing is stopped: what cannot be proved comes out as torn, locals as they were
 *                 when they were read
 *   LOOK_PROCESS  all threads are stopped until all have been read: one moment for all
 */
#ifndef CPYTHON_LOOK_H
#define CPYTHON_LOOK_H

#include "cpython/locals.h"
#include "cpython/runtime.h"
#include "cpython/stack.h"

enum look_stops { LOOK_THREADS, LOOK_NEVER, LOOK_PROCESS };

struct look_frame {
	const struct code *code;
	uint32_t line;        /* 0 none */
	struct locals locals; /* empty where not asked for */
};

struct look_thread {
	pid_t tid;      /* 0: could not be told */
	uint64_t ident; /* threading.get_ident() */
	uint16_t interp;
	const char *name;  /* Python's, NULL: it has none */
	bool active;       /* it runs, or would if it were given a CPU */
	bool gil;          /* it holds the GIL */
	bool collecting;   /* it runs the garbage collector */
	bool torn;         /* its frames could not be had whole, or not surely of one moment */
	bool cut;          /* the root's side is missing: too deep */
	bool loose_locals; /* they were read while it was free to run */
	const struct look_frame *frames; /* leaf first */
	size_t n;
};

typedef void look_fn(void *arg, const struct look_thread *);

/*
 * Calls fn for each thread, the main thread first. The thread and all that it points to are valid
 * during the call only. How many there were, or -1 with err.
 */
int look(struct python *, bool locals, enum look_stops, look_fn *, void *arg);

#endif
