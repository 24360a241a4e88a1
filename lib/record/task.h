/*
 * task: whether a kernel thread is on a CPU, asked of the kernel with two files kept open.
 *
 * schedstat (0.8 us) counts how often the thread was put on a CPU: a thread that slept at the last
 * poll and whose count is the same has not run since, and needs no further look. Else the state
 * letter of stat (2.8 us) says whether it runs or could run.
 */
#ifndef RECORD_TASK_H
#define RECORD_TASK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum task_state {
	TASK_GONE,
	TASK_SAME,    /* has slept all the time since the last poll */
	TASK_ASLEEP,  /* sleeps, has run since the last poll */
	TASK_RUNNING, /* runs, or waits for a CPU */
};

struct task {
	int stat, schedstat; /* fds, -1 none */
	uint64_t switched_in;
	bool asleep; /* at the last poll */
};

/* -1 with err and errno when the thread has gone or no fd is to be had. */
int task_open(struct task *, pid_t pid, pid_t tid);
void task_close(struct task *);
enum task_state task_poll(struct task *);

#endif
