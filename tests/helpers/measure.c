/*
 * measure: runs a program and says what it used. For bench: a large parent's own memory would
 * count as that of what it starts, for the peak is kept over exec; this one is small.
 *
 *	measure FILE COMMAND ARG...
 *
 * Writes "WALL CPU PEAK" into FILE: seconds, seconds, bytes, of the command and the children that
 *it waited for. Ends as the command did, 128+N by a signal.
 */
#include <err.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double
seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

int
main(int argc, char **argv)
{
	struct rusage ru;
	double start;
	int status;
	pid_t pid;
	FILE *f;

	if (argc < 3 || !(f = fopen(argv[1], "w")))
		err(125, "usage: measure FILE COMMAND ARG...");
	start = now();
	pid = fork();
	if (pid == 0) {
		execvp(argv[2], argv + 2);
		err(127, "%s", argv[2]);
	}
	if (pid < 0 || wait4(pid, &status, 0, &ru) < 0)
		err(125, "%s", argv[2]);
	fprintf(f, "%.6f %.6f %ld\n", now() - start, seconds(ru.ru_utime) + seconds(ru.ru_stime),
	        ru.ru_maxrss * 1024);
	if (fclose(f))
		err(125, "%s", argv[1]);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
