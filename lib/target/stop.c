#include "target/stop.h"
#include "base/clock.h"
#include "base/err.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

enum { LATE_MAX = 64 }; /* threads that may be late at once */

static pid_t late[LATE_MAX];
static size_t nlate;
static pid_t spared; /* see stop_spare() */

enum arrival { STOPPED, NOT_YET, ENDED };

/*
 * Whether the thread has stopped. Its exit has to be taken by its tracer, or the process stays a
 * zombie for its parent; but for the command's, whose status belongs to the one who waits for it.
 */
static enum arrival
arrived(pid_t tid, int *sig)
{
	siginfo_t info = {0};
	int event;

	if (waitid(P_PID, (id_t)tid, &info, WSTOPPED | WEXITED | WNOHANG | WNOWAIT | __WALL) < 0)
		return errno == EINTR ? NOT_YET : ENDED;
	if (!info.si_pid)
		return NOT_YET;
	if (info.si_code != CLD_TRAPPED && info.si_code != CLD_STOPPED) {
		if (tid != spared)
			waitid(P_PID, (id_t)tid, &info, WEXITED | WNOHANG | __WALL);
		return ENDED;
	}
	waitid(P_PID, (id_t)tid, &info, WSTOPPED | WNOHANG | __WALL);
	event = info.si_status >> 8;
	/* PTRACE_EVENT_STOP is our interrupt (or a group stop); else a signal is on its way. */
	*sig = event == PTRACE_EVENT_STOP ? 0 : info.si_status & 0x7f;
	return STOPPED;
}

/* One that was killed while we held it cannot be let go: its end is still to be taken. */
static void
detach(pid_t tid, int sig)
{
	if (ptrace(PTRACE_DETACH, tid, NULL, (void *)(intptr_t)sig) < 0 && nlate < LATE_MAX)
		late[nlate++] = tid;
}

void
stop_spare(pid_t pid)
{
	spared = pid;
}

/* Blocks SIGCHLD, which tells of stops, so that it can be waited for with a timeout. */
static void
wait_for_news(uint64_t until)
{
	uint64_t now = clock_now();
	struct timespec left = {0, now < until ? (long)(until - now) : 0};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigtimedwait(&set, NULL, &left);
}

int
stop_thread(struct stop *s, pid_t tid)
{
	return stop_thread_within(s, tid, STOP_PATIENCE);
}

int
stop_thread_within(struct stop *s, pid_t tid, uint64_t ns)
{
	uint64_t until = clock_now() + ns;
	enum arrival arrival;

	*s = (struct stop){.tid = tid};
	if (nlate == LATE_MAX)
		return err_set("thread %d: too many threads do not stop", tid);
	if (ptrace(PTRACE_SEIZE, tid, NULL, NULL) < 0)
		return err_sys("thread %d: cannot be stopped", tid);
	ptrace(PTRACE_INTERRUPT, tid, NULL, NULL);
	while ((arrival = arrived(tid, &s->signal)) == NOT_YET && clock_now() < until)
		wait_for_news(until);
	if (arrival == STOPPED)
		return 0;
	if (arrival == NOT_YET)
		late[nlate++] = tid;
	return err_set("thread %d: %s", tid, arrival == ENDED ? "ended" : "did not stop in time");
}

void
stop_release(struct stop *s)
{
	detach(s->tid, s->signal);
}

/* Looks at each once, or waits for it. One that is killed as it is let go is in the list again. */
static void
look_at_late(bool wait)
{
	enum arrival arrival;
	int sig = 0;
	pid_t tid;
	size_t i;

	for (i = nlate; i-- > 0;) {
		while ((arrival = arrived(late[i], &sig)) == NOT_YET && wait)
			wait_for_news(clock_now() + STOP_PATIENCE);
		if (arrival == NOT_YET)
			continue;
		tid = late[i];
		late[i] = late[--nlate];
		if (arrival == STOPPED)
			detach(tid, sig);
	}
}

void
stop_late(bool wait)
{
	do
		look_at_late(wait);
	while (wait && nlate);
}

bool
stop_any_late(void)
{
	return nlate > 0;
}
