/*
 * threads: the thread states of a process, their kernel thread ids, their names.
 */
#ifndef CPYTHON_THREADS_H
#define CPYTHON_THREADS_H

#include "base/table.h"
#include "cpython/runtime.h"

enum { THREADS_MAX = 65536, INTERPS_MAX = 1024 };

struct tstate {
	uint64_t addr, interp; /* PyThreadState, PyInterpreterState */
	uint64_t gil;          /* the lock that its interpreter uses; 0 not known */
	uint64_t ident;        /* threading.get_ident() */
	pid_t tid;             /* kernel's, as we see it; 0: could not be told (yet) */
	uint16_t interp_id;
};

struct threads {
	struct tstate *t;
	size_t n, cap;
	uint64_t interps;         /* the first interpreter */
	uint64_t *interp, *heads; /* every interpreter, and its first thread */
	size_t ninterps;
	struct set seen; /* while they are read: a hostile list may be a loop */
	bool starting;   /* some have no tid: their threads do not run yet */
};

/* Lists every thread of every interpreter. -1 with errno when the process cannot be read. */
int threads_read(struct threads *, struct python *);
void threads_free(struct threads *);

/*
 * The name that Python's threading module has for the thread of `ident`, UTF-8, at most size - 1
 * bytes; false where it has none.
 */
bool threads_name(struct python *, uint64_t interp, uint64_t ident, char *to, size_t size);

#endif
