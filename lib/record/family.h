/*
 * family: the processes of one recording: those asked for and, with `follow`, every process that
 * descends from them.
 *
 * Children are found by looking (/proc/PID/task/TID/children) every 10 ms or less often, so that
 * looking takes at most 2 % of a CPU; a child that lives shorter may be missed. One that is found
 * is followed to its end, whatever becomes of its parent.
 */
#ifndef RECORD_FAMILY_H
#define RECORD_FAMILY_H

#include "record/process.h"

struct family {
	struct process **p;
	size_t n, cap;
	bool follow;
	enum stops stops;
	uint64_t interval;           /* ns between ticks */
	uint64_t scan_at;            /* ns: when to look for children again */
	struct process_counts ended; /* of processes that have gone */
	bool was_live;               /* a CPython was read in one of these */
};

enum { FAMILY_MAX = 4096 };

/* The process, new or known. NULL when there are too many. */
struct process *family_add(struct family *, pid_t);

/* Takes the samples of one tick in all processes, and forgets those that have gone. */
void family_tick(struct family *, struct writer *, uint64_t now);

void family_flush(struct family *, struct writer *);
void family_settle(struct family *, struct writer *);

/* True when a cache is full: flush, then family_forget() and writer_forget(). */
bool family_full(const struct family *);
void family_forget(struct family *);

/* Whether a CPython was read in any process, ended or not. */
bool family_was_live(const struct family *);

struct process_counts family_counts(const struct family *);
void family_free(struct family *);

#endif
