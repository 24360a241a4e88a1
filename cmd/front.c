#include "cmd/front.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *name = "pyrec";
static int failure = EXIT_FAILED; /* of front_output() */

/*
 * A closed stdin, stdout or stderr would be the number of the next file that is opened, which then
 * gets our messages or becomes a command's. What stands in fails like a closed one, and a command
 * does not get it.
 */
static void
take_closed(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", (fd ? O_RDONLY : O_WRONLY) | O_CLOEXEC) < 0)
			exit(EXIT_FAILED);
	}
}

void
front_failure(int status)
{
	failure = status;
}

int
front_start(const struct program *prog, int argc, char **argv)
{
	int first;

	take_closed();
	name = prog->name;
	first = opt_parse(prog, argc, argv);
	if (first == OPT_HELP) {
		opt_usage(stdout, prog);
		exit(front_close(stdout) < 0 ? EXIT_FAILED : EXIT_DONE);
	}
	if (first == OPT_VERSION) {
		printf("%s %s\n", name, VERSION);
		exit(front_close(stdout) < 0 ? EXIT_FAILED : EXIT_DONE);
	}
	if (first == OPT_BAD)
		front_die(EXIT_USAGE, "%s (%s -h lists the options)", err_why(), name);
	return first;
}

static void
speak(const char *fmt, va_list ap)
{
	char line[6000];
	int n;

	n = snprintf(line, sizeof line, "%s: ", name);
	vsnprintf(line + n, sizeof line - (size_t)n - 1, fmt, ap);
	strcat(line, "\n");
	fputs(line, stderr);
}

void
front_say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	speak(fmt, ap);
	va_end(ap);
}

void
front_die(int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	speak(fmt, ap);
	va_end(ap);
	exit(status);
}

static void
let_pass(int sig)
{
	(void)sig;
}

/* Where SIGINT is ignored already (a job in the background), it stays so. */
static void
outlive_first_sigint(void)
{
	struct sigaction old, new = {.sa_handler = let_pass, .sa_flags = SA_RESETHAND | SA_RESTART};

	sigemptyset(&new.sa_mask);
	if (!sigaction(SIGINT, NULL, &old) && old.sa_handler == SIG_DFL)
		sigaction(SIGINT, &new, NULL);
}

int
front_input(const char *path)
{
	int fd;

	if (path && strcmp(path, "-")) {
		fd = open(path, O_RDONLY | O_CLOEXEC);
		return fd < 0 ? err_sys("%s", path) : fd;
	}
	if (isatty(STDIN_FILENO))
		return err_set("standard input is a terminal: name a FILE or pipe one in");
	outlive_first_sigint();
	return STDIN_FILENO;
}

int
front_output(const char *path, bool binary)
{
	int fd = STDOUT_FILENO;

	if (path && !strcmp(path, "-"))
		path = NULL;
	if (path)
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		front_die(failure, "%s: %s", path, strerror(errno));
	if (binary && isatty(fd))
		front_die(failure,
		          "%s: a binary stream is not for a terminal; pipe it (| pyfold) or name a "
		          "file with -o",
		          path ? path : "standard output");
	return fd;
}

int
front_close(FILE *f)
{
	if (fflush(f) || ferror(f))
		return err_sys("write");
	if (fclose(f))
		return err_sys("close");
	return 0;
}
