/*
 * stop: holds one thread for some microseconds, so that what it does can be read in peace.
 *
 * PTRACE_SEIZE and PTRACE_INTERRUPT, never SIGSTOP: the thread's parent sees nothing, its pending
 * signals stay its own, and when we die, however we die, the kernel lets it go on. SIGCHLD is
 * blocked in the calling thread from the first stop on.
 */
#ifndef TARGET_STOP_H
#define TARGET_STOP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct stop {
	pid_t tid;
	int signal; /* one that was about to be delivered: goes on with the thread */
};

enum { STOP_PATIENCE = 2000000 }; /* ns that a thread may take: it may be waiting for a CPU */

/*
 * Stops a thread. 0; or -1 with err: it has gone, may not be traced, is traced by another, or did
 * not stop in time (it sleeps uninterruptibly: it is let go as soon as it does stop).
 */
int stop_thread(struct stop *, pid_t tid);

/* The same with another patience, less than 1 s. */
int stop_thread_within(struct stop *, pid_t tid, uint64_t ns);

/*
 * A tracer takes the end of what it traces. Not of this process, our own child: its parent's wait
 * is to have its status.
 */
void stop_spare(pid_t);

/* Lets it go. */
void stop_release(struct stop *);

/*
 * Lets go threads that stopped after stop_thread() had given up, and those that ended meanwhile: to
 * be called at every tick. With `wait` it returns when there are none left, which takes as long as
 * they sleep uninterruptibly. When we end, the kernel lets all go.
 */
void stop_late(bool wait);

/* Whether there are such threads. */
bool stop_any_late(void);

#endif
