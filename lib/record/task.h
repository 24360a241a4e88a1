/*
 * task: what a kernel thread does and how long it was on a CPU, asked of the kernel.
 *
 * Two sources. Where perf_event_open(2) is allowed, the thread's context switches (switches.h):
 * exact at every moment, 0.2 us a look; but each switch costs the thread 1.1 us, so that
 * one that goes to sleep more than TASK_BUSY times a second is left alone for a while. Else, and
 * then, two files of /proc: schedstat (0.8 us), whose counts move only with a switch and the
 * kernel's timer, and stat (2.8 us), whose letter does not tell a thread on a CPU from one that
 * waits for one.
 */
#ifndef RECORD_TASK_H
#define RECORD_TASK_H

#include "record/switches.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum task_state {
	TASK_GONE,
	TASK_ASLEEP,  /* waits for something */
	TASK_READY,   /* waits for a CPU, which was taken from it; only seen by its switches */
	TASK_RUNNING, /* has a CPU; or, seen without its switches, waits for one */
};

enum { TASK_BUSY = 4000 }; /* some 1 % of its time: to sleep and to wake are two switches */

struct task {
	pid_t pid, tid;
	bool same; /* by the last poll: has not run since the poll before */
	/* By the last poll, from task_open() on: */
	uint64_t ran;   /* ns on a CPU */
	uint64_t ready; /* ns waiting for one; without its switches those of being woken as well */

	/* The module's own. */
	struct switches switches;
	int stat, schedstat, syscall; /* fds, -1 none */
	bool asleep, fresh;           /* at the last poll; never polled */
	uint64_t switched_in, last;   /* schedstat's count; time of the last poll */
	uint64_t base, ready_base;    /* ran and ready, less what schedstat says */
	uint64_t follow_at;           /* when to compare with it again, ns */
	uint64_t slept, counted;      /* how often up to when, for TASK_BUSY */
	uint64_t retry;               /* when to ask for switches again, ns */
};

/* -1 with err and errno when the thread has gone. */
int task_open(struct task *, pid_t pid, pid_t tid, uint64_t now);
void task_close(struct task *);

/* now: this tick's moment. Sets same, ran and ready. */
enum task_state task_poll(struct task *, uint64_t now);

/* The next poll says that the thread has run. */
void task_forget(struct task *);

/* The address of the futex that a sleeping thread waits on (1.5 us); 0: none, or not to be had. */
uint64_t task_futex(struct task *);

#endif
