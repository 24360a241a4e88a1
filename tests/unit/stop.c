/* stop.c: threads are held and let go, also those that stop late; and the end of a command is told
 * from a stop of it. */
#include "base/clock.h"
#include "base/err.h"
#include "record/launch.h"
#include "target/stop.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MS = 1000000 };

static void
nap(long ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * MS};

	nanosleep(&t, NULL);
}

/* The state letter of /proc/PID/stat. */
static char
state_of(pid_t pid)
{
	char path[64], buf[512], *p;
	size_t n;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	f = fopen(path, "r");
	if (!f)
		return 0;
	n = fread(buf, 1, sizeof buf - 1, f);
	fclose(f);
	buf[n] = '\0';
	p = strrchr(buf, ')');
	return p ? p[2] : 0;
}

static pid_t
spawn(void (*run)(void))
{
	pid_t pid = fork();

	if (pid == 0) {
		run();
		_exit(0);
	}
	ck_assert_int_gt(pid, 0);
	nap(20);
	return pid;
}

static void
spin(void)
{
	for (;;)
		;
}

static void
doze(void)
{
	for (;;)
		pause();
}

/* A parent in vfork() cannot be stopped until its child is done. */
static void
be_stubborn(void)
{
	if (vfork() == 0) {
		nap(150);
		_exit(0);
	}
	nap(100);
	_exit(42);
}

static void
end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void
hold_and_let_go(void (*run)(void), char state)
{
	pid_t pid = spawn(run);
	struct stop stop;
	int i;

	for (i = 0; i < 100; i++) {
		if (stop_thread(&stop, pid) < 0) { /* it may have to wait for a CPU */
			nap(20);
			stop_late(true);
			continue;
		}
		ck_assert_int_eq(state_of(pid), 't');
		stop_release(&stop);
	}
	nap(5);
	ck_assert_int_eq(state_of(pid), state);
	end(pid);
}

START_TEST(a_running_thread_is_held)
{
	hold_and_let_go(spin, 'R');
}
END_TEST

START_TEST(a_sleeping_thread_is_held)
{
	hold_and_let_go(doze, 'S');
}
END_TEST

START_TEST(a_signal_is_not_lost)
{
	pid_t pid = spawn(doze);
	struct stop stop;
	int status, i;

	for (i = 0; i < 20; i++) {
		while (stop_thread(&stop, pid) < 0) {
			nap(20);
			stop_late(true);
		}
		if (i == 19)
			kill(pid, SIGUSR1); /* ends it, when it goes on */
		stop_release(&stop);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGUSR1);
}
END_TEST

START_TEST(one_that_has_gone_says_so)
{
	pid_t pid = spawn(spin);
	struct stop stop;

	end(pid);
	ck_assert_int_eq(stop_thread(&stop, pid), -1);
	ck_assert_ptr_nonnull(strstr(err_why(), "No such process"));
}
END_TEST

START_TEST(a_late_one_is_let_go)
{
	pid_t pid = spawn(be_stubborn);
	uint64_t before = clock_now();
	struct stop stop;
	int status;

	ck_assert_int_eq(stop_thread(&stop, pid), -1);
	ck_assert_ptr_nonnull(strstr(err_why(), "in time"));
	ck_assert_uint_lt(clock_now() - before, 100 * (uint64_t)MS);
	ck_assert_int_eq(stop_thread(&stop, pid), -1); /* a second request does no harm */
	stop_late(true);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 42);
}
END_TEST

/* The parent who traces hears of a late stop in every wait: it is not the command's end. */
START_TEST(a_late_stop_is_not_the_end)
{
	struct command c = {.pid = spawn(be_stubborn)};
	struct stop stop;
	int i;

	ck_assert_int_eq(stop_thread(&stop, c.pid), -1);
	for (i = 0; i < 40 && state_of(c.pid) != 't'; i++)
		nap(10);
	ck_assert_int_eq(state_of(c.pid), 't');
	command_wait(&c, false);
	ck_assert(!c.ended);
	stop_late(false);
	command_wait(&c, true);
	ck_assert(c.ended);
	ck_assert_int_eq(c.status, 42);
}
END_TEST

static void *
be_stubborn_in_a_thread(void *tid)
{
	*(volatile pid_t *)tid = gettid();
	if (vfork() == 0) {
		nap(150);
		_exit(0);
	}
	return NULL;
}

/* A process whose thread ends while we trace it must not stay a zombie for want of our wait. */
START_TEST(the_end_of_a_late_thread_is_taken)
{
	volatile pid_t *tid =
	    mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct command c = {.pid = fork()};
	struct stop stop;
	pthread_t t;

	if (c.pid == 0) {
		pthread_create(&t, NULL, be_stubborn_in_a_thread, (void *)(uintptr_t)tid);
		nap(60);
		_exit(42);
	}
	stop_spare(c.pid);
	while (!*tid)
		nap(1);
	nap(10);
	ck_assert_int_eq(stop_thread(&stop, *tid), -1);
	stop_late(true);
	command_wait(&c, true);
	ck_assert(c.ended);
	ck_assert_int_eq(c.status, 42);
}
END_TEST

/* And one that is killed in our hands. */
START_TEST(the_end_of_a_held_thread_is_taken)
{
	struct command c = {.pid = spawn(spin)};
	struct stop stop;

	stop_spare(c.pid);
	while (stop_thread(&stop, c.pid) < 0) { /* it may have to wait for a CPU */
		nap(20);
		stop_late(true);
	}
	kill(c.pid, SIGKILL);
	nap(5);
	stop_release(&stop);
	stop_late(true);
	command_wait(&c, true);
	ck_assert(c.ended);
	ck_assert_int_eq(c.status, 128 + SIGKILL);
}
END_TEST

/* Killed at any moment, a tracer leaves nothing stopped: the kernel lets its threads go. */
START_TEST(a_killed_tracer_leaves_nothing_stopped)
{
	pid_t pid = spawn(spin), tracer;
	struct stop stop;
	int i;

	for (i = 0; i < 50; i++) {
		tracer = fork();
		if (tracer == 0) {
			for (;;) {
				if (stop_thread(&stop, pid) == 0)
					stop_release(&stop);
			}
		}
		nap(1 + i % 3);
		end(tracer);
	}
	nap(5);
	ck_assert_int_eq(state_of(pid), 'R');
	end(pid);
}
END_TEST

Suite *
unit_suite(void)
{
	Suite *s = suite_create("stop");
	TCase *t = tcase_create("stop");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_running_thread_is_held);
	tcase_add_test(t, a_sleeping_thread_is_held);
	tcase_add_test(t, a_signal_is_not_lost);
	tcase_add_test(t, one_that_has_gone_says_so);
	tcase_add_test(t, a_late_one_is_let_go);
	tcase_add_test(t, a_late_stop_is_not_the_end);
	tcase_add_test(t, the_end_of_a_late_thread_is_taken);
	tcase_add_test(t, the_end_of_a_held_thread_is_taken);
	tcase_add_test(t, a_killed_tracer_leaves_nothing_stopped);
	suite_add_tcase(s, t);
	return s;
}
