/* lib/record/launch: a command started, waited for, and traced meanwhile. */
#include "tests/unit/unit.h"
#include "base/err.h"
#include "record/launch.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static struct command
launch(const char *script)
{
	char *argv[] = {(char *)"sh", (char *)"-c", (char *)script, NULL};
	struct command c = {0};
	int status = 0;

	ck_assert_msg(command_start(&c, argv, false, &status) == 0, "%s", err_why());
	ck_assert_int_gt(c.pid, 0);
	return c;
}

START_TEST(status_of_the_end)
{
	struct command c = launch("exit 7");

	command_wait(&c, true);
	ck_assert(c.ended);
	ck_assert_int_eq(c.status, 7);
	command_wait(&c, true);
	ck_assert_int_eq(c.status, 7);

	c = launch("kill -TERM $$");
	command_wait(&c, true);
	ck_assert_int_eq(c.status, 128 + SIGTERM);
}
END_TEST

START_TEST(still_running)
{
	struct command c = launch("exec sleep 60");

	command_wait(&c, false);
	ck_assert(!c.ended);
	kill(c.pid, SIGKILL);
	command_wait(&c, true);
	ck_assert_int_eq(c.status, 128 + SIGKILL);
}
END_TEST

/* The state letter of /proc/PID/stat. */
static char
state_of(pid_t pid)
{
	char path[64], line[512] = "";
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	if ((f = fopen(path, "r"))) {
		if (!fgets(line, sizeof line, f))
			*line = '\0';
		fclose(f);
	}
	return strrchr(line, ')') ? strrchr(line, ')')[2] : '?';
}

/* A stop for a look at its stack is no end, and is left to the one who waits for it. */
START_TEST(stop_is_no_end)
{
	struct command c = launch("exec sleep 60");
	siginfo_t info = {0};

	ck_assert_int_eq(ptrace(PTRACE_SEIZE, c.pid, NULL, NULL), 0);
	ck_assert_int_eq(ptrace(PTRACE_INTERRUPT, c.pid, NULL, NULL), 0);
	while (state_of(c.pid) != 't')
		usleep(1000);
	command_wait(&c, false);
	ck_assert(!c.ended);
	ck_assert_int_eq(waitid(P_PID, (id_t)c.pid, &info, WSTOPPED | WNOHANG), 0);
	ck_assert_int_eq(info.si_pid, c.pid);
	ck_assert_int_eq(info.si_code, CLD_TRAPPED);
	ck_assert_int_eq(ptrace(PTRACE_DETACH, c.pid, NULL, NULL), 0);
	kill(c.pid, SIGTERM);
	command_wait(&c, true);
	ck_assert(c.ended);
	ck_assert_int_eq(c.status, 128 + SIGTERM);
}
END_TEST

START_TEST(not_started)
{
	char *missing[] = {(char *)"/no/such/program", NULL};
	char *plain[] = {(char *)"/etc/passwd", NULL};
	struct command c = {0};
	int status = 0;

	ck_assert_int_eq(command_start(&c, missing, false, &status), -1);
	ck_assert_int_eq(status, 127);
	ck_assert_int_eq(command_start(&c, plain, false, &status), -1);
	ck_assert_int_eq(status, 126);
}
END_TEST

Suite *
unit_suite(void)
{
	Suite *s = suite_create("launch");
	TCase *t = tcase_create("command");

	tcase_add_test(t, status_of_the_end);
	tcase_add_test(t, still_running);
	tcase_add_test(t, stop_is_no_end);
	tcase_add_test(t, not_started);
	suite_add_tcase(s, t);
	return s;
}
