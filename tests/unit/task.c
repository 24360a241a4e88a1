/*
 * task.c and switches.c: a child whose life is known, against the kernel's own clock of it; seen
 * by its context switches where they are allowed, and with two files of /proc.
 */
#include "base/clock.h"
#include "base/err.h"
#include "record/task.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MS = 1000000 };

/* To this process perf_event_open(2) is refused from now on. Check forks for each test. */
static void
refuse_perf(void)
{
	struct sock_filter code[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_perf_event_open, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = {sizeof code / sizeof *code, code};

	ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	ck_assert_int_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0), 0);
}

static void
nap(uint64_t ns)
{
	struct timespec ts = {(time_t)(ns / 1000000000), (long)(ns % 1000000000)};

	nanosleep(&ts, NULL);
}

/* A child that is busy and sleeps in turns of so many ns; 0: never, always. */
static pid_t
child(uint64_t busy, uint64_t sleep)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		uint64_t until = clock_now() + busy;

		while (clock_now() < until)
			;
		if (sleep)
			nap(sleep);
	}
}

static void
end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static uint64_t
cpu_clock(pid_t pid)
{
	struct timespec ts;
	clockid_t id;

	ck_assert_int_eq(clock_getcpuclockid(pid, &id), 0);
	ck_assert_int_eq(clock_gettime(id, &ts), 0);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static void
open_it(struct task *t, pid_t pid, bool switches)
{
	if (!switches)
		refuse_perf();
	ck_assert_int_eq(task_open(t, pid, pid, clock_now()), 0);
	ck_assert_msg(switches == (t->switches.map != NULL), "%s", err_why());
}

static bool
allowed(void)
{
	struct switches s;
	bool can = switches_open(&s, getpid(), true, clock_now()) == 0;

	switches_close(&s);
	return can;
}

/* Both sources: 0 the switches, 1 /proc. */
#define SOURCE (_i % 2 == 0)
#define NEEDS_SOURCE                                                                               \
	if (SOURCE && !allowed())                                                                  \
	return

static const struct {
	uint64_t busy, sleep;
} duties[] = {{MS / 2, MS / 2}, {5 * MS, 5 * MS}, {30 * MS, 30 * MS}, {MS / 10, 2 * MS}};

START_TEST(time_on_a_cpu)
{
	struct task t;
	uint64_t before, after, from, until;
	pid_t pid;
	int i;

	NEEDS_SOURCE;
	pid = child(duties[_i / 2].busy, duties[_i / 2].sleep);
	nap(20 * MS);
	open_it(&t, pid, SOURCE);
	task_poll(&t, clock_now());
	before = cpu_clock(pid) - t.ran;
	from = clock_now();
	for (i = 0; i < 300; i++) {
		nap(MS + (uint64_t)(i % 7) * 300000);
		ck_assert_int_ne(task_poll(&t, clock_now()), TASK_GONE);
	}
	after = cpu_clock(pid) - t.ran;
	until = clock_now();
	/* The clock's tick is 10 ms at worst, for /proc; a busy host adds to both. */
	ck_assert_int_le(llabs((long long)(after - before)),
	                 (long long)(until - from) / 50 + 10 * MS);
	task_close(&t);
	end(pid);
}
END_TEST

START_TEST(asleep_is_the_same)
{
	struct task t;
	pid_t pid;
	int i;

	NEEDS_SOURCE;
	pid = child(0, 3600ull * 1000 * MS);
	nap(20 * MS);
	open_it(&t, pid, SOURCE);
	ck_assert_int_eq(task_poll(&t, clock_now()), TASK_ASLEEP);
	ck_assert(!t.same);
	for (i = 0; i < 5; i++) {
		nap(MS);
		ck_assert_int_eq(task_poll(&t, clock_now()), TASK_ASLEEP);
		ck_assert(t.same);
	}
	ck_assert_uint_eq(t.ran, 0);
	task_forget(&t);
	ck_assert_int_eq(task_poll(&t, clock_now()), TASK_ASLEEP);
	ck_assert(!t.same);
	ck_assert_int_eq(task_poll(&t, clock_now()), TASK_ASLEEP);
	ck_assert(t.same);
	task_close(&t);
	end(pid);
}
END_TEST

START_TEST(an_end_is_seen)
{
	struct task t;
	pid_t pid;

	NEEDS_SOURCE;
	pid = child(_i < 2 ? MS : 0, _i < 2 ? 0 : 1000ull * MS);
	nap(20 * MS);
	open_it(&t, pid, SOURCE);
	ck_assert_int_ne(task_poll(&t, clock_now()), TASK_GONE);
	end(pid);
	ck_assert_int_eq(task_poll(&t, clock_now()), TASK_GONE);
	ck_assert_int_eq(task_poll(&t, clock_now()), TASK_GONE);
	task_close(&t);
	ck_assert_int_lt(task_open(&t, pid, pid, clock_now()), 0);
}
END_TEST

/* Two that want one CPU: each has it half of the time, and is ready for it the other half. */
START_TEST(who_waits_for_a_cpu)
{
	int counts[TASK_RUNNING + 1] = {0}, i;
	cpu_set_t one;
	struct task t;
	pid_t a, b;

	if (!allowed())
		return;
	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	a = child(MS, 0);
	b = child(MS, 0);
	ck_assert_int_eq(sched_setaffinity(a, sizeof one, &one), 0);
	ck_assert_int_eq(sched_setaffinity(b, sizeof one, &one), 0);
	open_it(&t, a, true);
	for (i = 0; i < 600; i++) {
		nap(MS + (uint64_t)(i % 7) * 100000);
		counts[task_poll(&t, clock_now())]++;
	}
	ck_assert_int_le(counts[TASK_ASLEEP] + counts[TASK_GONE], 6);
	/* Others may want that CPU as well. */
	ck_assert_int_ge(counts[TASK_READY], 200);
	ck_assert_int_ge(counts[TASK_RUNNING], 20);
	task_close(&t);
	end(a);
	end(b);
}
END_TEST

/* More switches between two looks than the ring holds: the state is right, the time estimated. */
START_TEST(overflow)
{
	uint64_t before, now;
	struct switches s;
	pid_t pid;

	if (!allowed())
		return;
	pid = child(MS / 5, MS / 5);
	nap(20 * MS);
	ck_assert_int_eq(switches_open(&s, pid, false, clock_now()), 0);
	before = cpu_clock(pid);
	nap(500ull * MS);
	ck_assert(switches_look(&s));
	now = cpu_clock(pid) - before;
	ck_assert_uint_gt(0 - s.head, 4096); /* bytes written */
	ck_assert_int_le(llabs((long long)(switches_ran(&s, clock_now()) - now)), 100ll * MS);
	switches_close(&s);
	end(pid);
}
END_TEST

/* Its switches would cost it more than 1 %: it is left alone, and its time goes on being right. */
START_TEST(the_busy_are_spared)
{
	uint64_t before, ran, start = clock_now();
	int to[2], from[2];
	struct task t;
	pid_t pid, other;
	char c = 0;

	if (!allowed())
		return;
	ck_assert_int_eq(pipe(to) | pipe(from), 0);
	pid = fork();
	while (!pid && read(to[0], &c, 1) == 1 && write(from[1], &c, 1) == 1)
		;
	other = fork();
	while (!other && write(to[1], &c, 1) == 1 && read(from[0], &c, 1) == 1)
		;
	nap(20 * MS);
	open_it(&t, pid, true);
	before = cpu_clock(pid);
	while (t.switches.map && clock_now() - start < 1000ull * MS) {
		nap(10 * MS);
		ck_assert_int_eq(task_poll(&t, clock_now()) == TASK_GONE, 0);
	}
	ran = cpu_clock(pid) - before;
	ck_assert(!t.switches.map);
	ck_assert_int_le(llabs((long long)(t.ran - ran)), 20ll * MS + (long long)ran / 10);
	task_close(&t);
	end(pid);
	end(other);
}
END_TEST

/* No fd is to be had: each look opens its own. */
START_TEST(few_fds)
{
	struct rlimit few = {32, 32};
	struct task t[40];
	pid_t pid;
	int i;

	pid = child(0, 3600ull * 1000 * MS);
	nap(20 * MS);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	refuse_perf();
	for (i = 0; i < 40; i++)
		ck_assert_int_eq(task_open(&t[i], pid, pid, clock_now()), 0);
	for (i = 0; i < 40; i++)
		ck_assert_int_eq(task_poll(&t[i], clock_now()), TASK_ASLEEP);
	for (i = 0; i < 40; i++)
		task_close(&t[i]);
	end(pid);
}
END_TEST

START_TEST(which_futex)
{
	static int word = 1;
	struct task t;
	pid_t pid = fork();

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			syscall(SYS_futex, &word, 0, 1, NULL, NULL, 0);
	}
	nap(20 * MS);
	ck_assert_int_eq(task_open(&t, pid, pid, clock_now()), 0);
	ck_assert_uint_eq(task_futex(&t), (uint64_t)(uintptr_t)&word);
	task_close(&t);
	end(pid);
	pid = child(0, 3600ull * 1000 * MS);
	nap(20 * MS);
	ck_assert_int_eq(task_open(&t, pid, pid, clock_now()), 0);
	ck_assert_uint_eq(task_futex(&t), 0);
	task_close(&t);
	end(pid);
}
END_TEST

Suite *
unit_suite(void)
{
	Suite *s = suite_create("task");
	TCase *t = tcase_create("task");

	tcase_set_timeout(t, 30);
	tcase_add_loop_test(t, time_on_a_cpu, 0, 2 * sizeof duties / sizeof *duties);
	tcase_add_loop_test(t, asleep_is_the_same, 0, 2);
	tcase_add_loop_test(t, an_end_is_seen, 0, 4);
	tcase_add_test(t, who_waits_for_a_cpu);
	tcase_add_test(t, overflow);
	tcase_add_test(t, the_busy_are_spared);
	tcase_add_test(t, few_fds);
	tcase_add_test(t, which_futex);
	suite_add_tcase(s, t);
	return s;
}
