#include "record/task.h"
#include "base/err.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	MS = 1000000,
	/*
	 * A thread that lost its CPU so shortly before we woke up lost it to us: at the moment that
	 * we sample it ran. Waking takes some 5 us, more in a virtual machine.
	 */
	OUR_WAKE = 50000,
	COUNT_EVERY = 100 * MS,
	TICK_MOST = 10 * MS, /* between two of the kernel's timer ticks */
	FDS_LEFT = 64,       /* that we leave for others of the program */
};

static const uint64_t RETRY_EVERY = UINT64_C(10000) * MS;

static size_t kept; /* fds, of all tasks */

/* How many we may keep. */
static size_t
kept_max(void)
{
	static size_t most;
	struct rlimit r;

	if (!most)
		most = getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur > FDS_LEFT
		           ? r.rlim_cur - FDS_LEFT
		           : 1;
	return most;
}

/* Reads a small file of the thread, kept open while fds last. Bytes, NUL behind them; or -1. */
static ssize_t
read_file(const struct task *t, int *fd, const char *name, char *buf, size_t size)
{
	char path[64];
	ssize_t n;

	if (*fd < 0) {
		snprintf(path, sizeof path, "/proc/%d/task/%d/%s", t->pid, t->tid, name);
		*fd = open(path, O_RDONLY | O_CLOEXEC);
		kept += *fd >= 0;
	}
	n = *fd < 0 ? -1 : pread(*fd, buf, size - 1, 0);
	buf[n > 0 ? n : 0] = '\0';
	if (*fd >= 0 && kept > kept_max()) {
		close(*fd);
		*fd = -1;
		kept--;
	}
	return n;
}

static void
close_file(int *fd)
{
	if (*fd < 0)
		return;
	close(*fd);
	kept--;
	*fd = -1;
}

/* The state letter follows the command's name, which is in parentheses and may hold any. */
static char
state_letter(struct task *t)
{
	char buf[128], *p;

	if (read_file(t, &t->stat, "stat", buf, sizeof buf) <= 0)
		return 'X';
	p = strrchr(buf, ')');
	return p && p[1] ? p[2] : 'X';
}

/* Without CONFIG_SCHED_INFO there is none, or all is 0. */
struct schedstat {
	unsigned long long ran, ready, switched_in; /* ns, ns, times */
};

static bool
read_schedstat(struct task *t, struct schedstat *s)
{
	char buf[96];

	return read_file(t, &t->schedstat, "schedstat", buf, sizeof buf) > 0 &&
	       sscanf(buf, "%llu %llu %llu", &s->ran, &s->ready, &s->switched_in) == 3 &&
	       s->switched_in;
}

/* From now on asks by polling; what ran so far stays. */
static void
begin_polling(struct task *t)
{
	struct schedstat s = {0};

	read_schedstat(t, &s);
	t->base = t->ran - s.ran;
	t->ready_base = t->ready - s.ready;
	t->switched_in = 0;
}

/* From now on looks at the thread's switches, where we may. */
static void
begin_switches(struct task *t, bool on, uint64_t now)
{
	t->retry = UINT64_MAX;
	t->counted = now;
	t->slept = 0;
	if (switches_open(&t->switches, t->tid, on, now) < 0)
		return;
	t->switches.ran = t->ran;
	t->switches.ready = t->ready;
	close_file(&t->stat);
}

int
task_open(struct task *t, pid_t pid, pid_t tid, uint64_t now)
{
	char letter;

	*t = (struct task){.pid = pid, .tid = tid, .stat = -1, .schedstat = -1, .syscall = -1};
	t->fresh = true;
	t->last = now;
	letter = state_letter(t);
	if (letter == 'X') {
		task_close(t);
		return err_sys("thread %d", tid);
	}
	begin_polling(t);
	begin_switches(t, letter == 'R', now);
	return 0;
}

void
task_close(struct task *t)
{
	switches_close(&t->switches);
	close_file(&t->stat);
	close_file(&t->schedstat);
	close_file(&t->syscall);
}

void
task_forget(struct task *t)
{
	t->fresh = true;
}

/*
 * A thread that switches very often would be slowed. Being preempted does not count: at a high rate
 * it is we who do it, and polling would take its CPU longer.
 */
static void
spare_the_busy(struct task *t, uint64_t now)
{
	uint64_t slept = t->switches.slept - t->slept;

	if (now - t->counted < COUNT_EVERY)
		return;
	if (slept > (now - t->counted) / MS * TASK_BUSY / 1000) {
		switches_close(&t->switches);
		begin_polling(t);
		t->retry = now + RETRY_EVERY;
	}
	t->slept += slept;
	t->counted = now;
}

/*
 * The records are written some us from where the kernel's clock of the thread stops and starts, and
 * interrupts and hypervisors take time that only that clock leaves out. While the thread is off its
 * CPU schedstat is that clock; while on, it is as old as the kernel's last timer tick.
 */
static void
follow_clock(struct task *t, uint64_t now)
{
	struct schedstat s;
	int64_t off;

	if (now < t->follow_at)
		return;
	t->follow_at = now + COUNT_EVERY;
	if (!read_schedstat(t, &s))
		return;
	off = (int64_t)(t->base + s.ran - t->ran);
	if (t->switches.on && off > -TICK_MOST && off < TICK_MOST)
		return;
	t->switches.ran += (uint64_t)off;
	t->ran += (uint64_t)off;
}

static enum task_state
look(struct task *t, uint64_t now)
{
	struct switches *s = &t->switches;
	bool switched = switches_look(s);
	enum task_state state;

	t->ran = switches_ran(s, now);
	t->ready = switches_ready(s, now);
	if (s->ended)
		return TASK_GONE;
	state = s->on ? TASK_RUNNING : s->preempted ? TASK_READY : TASK_ASLEEP;
	t->same = !s->on && !switched;
	if (state == TASK_READY && s->since + OUR_WAKE >= now)
		state = TASK_RUNNING;
	if (switched || s->on)
		follow_clock(t, now);
	spare_the_busy(t, now);
	return state;
}

static enum task_state
ask(struct task *t, uint64_t now)
{
	struct schedstat s = {0};
	bool told = read_schedstat(t, &s);
	char letter;

	t->same = t->asleep && told && s.switched_in == t->switched_in;
	t->switched_in = s.switched_in;
	letter = t->same ? 'S' : state_letter(t);
	if (letter == 'X' || letter == 'Z')
		return TASK_GONE;
	t->asleep = letter != 'R';
	if (told) {
		t->ran = t->base + s.ran;
		t->ready = t->ready_base + s.ready;
	} else if (!t->asleep) {
		t->ran += now - t->last;
	}
	if (now >= t->retry)
		begin_switches(t, !t->asleep, now);
	return t->asleep ? TASK_ASLEEP : TASK_RUNNING;
}

enum task_state
task_poll(struct task *t, uint64_t now)
{
	enum task_state state = t->switches.map ? look(t, now) : ask(t, now);

	if (t->fresh)
		t->same = false;
	t->fresh = false;
	t->asleep = state == TASK_ASLEEP;
	t->last = now;
	return state;
}

uint64_t
task_futex(struct task *t)
{
	char buf[256], *end;
	unsigned long call;

	/* "202 0x7f.. 0x189 ..."; "running"; "-1 0x.. 0x.." when not in a system call. */
	if (read_file(t, &t->syscall, "syscall", buf, sizeof buf) <= 0)
		return 0;
	call = strtoul(buf, &end, 10);
	if (end == buf || call != SYS_futex)
		return 0;
	return strtoull(end, NULL, 16);
}
