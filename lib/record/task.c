#include "record/task.h"
#include "base/err.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int
open_file(pid_t pid, pid_t tid, const char *name)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/task/%d/%s", pid, tid, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

int
task_open(struct task *t, pid_t pid, pid_t tid)
{
	*t = (struct task){.stat = open_file(pid, tid, "stat")};
	t->schedstat = open_file(pid, tid, "schedstat"); /* absent without CONFIG_SCHED_INFO */
	if (t->stat >= 0)
		return 0;
	err_sys("thread %d", tid);
	task_close(t);
	return -1;
}

void
task_close(struct task *t)
{
	if (t->stat >= 0)
		close(t->stat);
	if (t->schedstat >= 0)
		close(t->schedstat);
	t->stat = t->schedstat = -1;
}

/* schedstat is "time-on-cpu time-waiting times-put-on-cpu". 0: not to be had. */
static uint64_t
switched_in(const struct task *t)
{
	char buf[96], *p;
	ssize_t n;

	n = t->schedstat < 0 ? 0 : pread(t->schedstat, buf, sizeof buf - 1, 0);
	if (n <= 0)
		return 0;
	buf[n] = '\0';
	p = strrchr(buf, ' ');
	return p ? strtoull(p + 1, NULL, 10) : 0;
}

/* The state letter follows the command's name, which is in parentheses and may hold any. */
static char
state_letter(const struct task *t)
{
	char buf[128], *p;
	ssize_t n = pread(t->stat, buf, sizeof buf - 1, 0);

	if (n <= 0)
		return 'X';
	buf[n] = '\0';
	p = strrchr(buf, ')');
	return p && p[1] ? p[2] : 'X';
}

enum task_state
task_poll(struct task *t)
{
	uint64_t count = switched_in(t);
	char letter;

	if (t->asleep && count && count == t->switched_in)
		return TASK_SAME;
	t->switched_in = count;
	letter = state_letter(t);
	if (letter == 'X' || letter == 'Z')
		return TASK_GONE;
	t->asleep = letter != 'R';
	return t->asleep ? TASK_ASLEEP : TASK_RUNNING;
}
