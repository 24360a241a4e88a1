#include "record/launch.h"
#include "base/err.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t seen;
static volatile pid_t child;

static void
run(char *const argv[], bool to_stderr, int report)
{
	int e;

	signal(SIGPIPE, SIG_DFL);
	if (!to_stderr || dup2(STDERR_FILENO, STDOUT_FILENO) >= 0)
		execvp(argv[0], argv);
	e = errno;
	while (write(report, &e, sizeof e) < 0 && errno == EINTR)
		;
	_exit(127);
}

int
command_start(struct command *c, char *const argv[], bool to_stderr, int *status)
{
	int report[2], e = 0;
	ssize_t n;

	*status = 125;
	*c = (struct command){0};
	if (pipe2(report, O_CLOEXEC) < 0)
		return err_sys("pipe");
	c->pid = fork();
	if (c->pid < 0) {
		close(report[0]);
		close(report[1]);
		return err_sys("fork");
	}
	if (c->pid == 0)
		run(argv, to_stderr, report[1]);
	close(report[1]);
	while ((n = read(report[0], &e, sizeof e)) < 0 && errno == EINTR)
		;
	close(report[0]);
	if (n <= 0)
		return 0;
	waitpid(c->pid, NULL, 0);
	c->pid = 0;
	*status = e == ENOENT ? 127 : 126;
	errno = e;
	return err_sys("%s", argv[0]);
}

static void
take_status(struct command *c)
{
	int status = 0;

	waitpid(c->pid, &status, 0);
	c->ended = true;
	c->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	child = 0;
}

void
command_wait(struct command *c, bool block)
{
	siginfo_t info;

	while (c->pid && !c->ended) {
		info.si_pid = 0;
		/*
		 * Whoever is both parent and tracer is told of the tracer's stops here too,
		 * whatever the flags: those are target/stop.c's to take, so only an exit is taken.
		 */
		if (waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOWAIT | (block ? 0 : WNOHANG)) <
		    0) {
			if (errno == EINTR)
				continue;
			break;
		}
		if (!info.si_pid || info.si_code == CLD_TRAPPED || info.si_code == CLD_STOPPED)
			break;
		take_status(c);
	}
}

/* The terminal sends to the whole foreground group; only a kill() is ours alone to pass on. */
static void
on_signal(int sig, siginfo_t *info, void *context)
{
	int e = errno;

	(void)context;
	if (child && info->si_code <= 0)
		kill(child, sig);
	if (sig == SIGINT || sig == SIGTERM || sig == SIGHUP || sig == SIGQUIT)
		seen++;
	errno = e;
}

void
signals_catch(const struct command *c)
{
	static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	static const int talking[] = {SIGUSR1, SIGUSR2, SIGALRM, SIGWINCH, SIGCONT};
	struct sigaction sa = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO}, old;
	size_t i;

	child = c ? c->pid : 0;
	sigemptyset(&sa.sa_mask);
	for (i = 0; i < sizeof ending / sizeof *ending; i++) {
		/* nohup(1) stays in force; a shell's background job ignores INT only by custom. */
		if (ending[i] == SIGHUP && sigaction(SIGHUP, NULL, &old) == 0 &&
		    old.sa_handler == SIG_IGN)
			continue;
		sigaction(ending[i], &sa, NULL);
	}
	sa.sa_flags |= SA_RESTART;
	for (i = 0; c && i < sizeof talking / sizeof *talking; i++)
		sigaction(talking[i], &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a limit on files is an output that is full */
}

int
signals_seen(void)
{
	return seen;
}
