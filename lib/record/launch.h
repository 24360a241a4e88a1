/*
 * launch: runs a command as our child, so that we may read it under ptrace scope 1, and passes
 * signals on to it.
 */
#ifndef RECORD_LAUNCH_H
#define RECORD_LAUNCH_H

#include <stdbool.h>
#include <sys/types.h>

struct command {
	pid_t pid;
	bool ended;
	int status; /* as a shell has it: exit code, or 128 + signal */
};

/*
 * Starts argv (found in PATH). With to_stderr its standard output is our standard error, because
 * ours carries the stream. -1 with err; *status is then what to exit with: 127 not found, 126 not
 * executable, 125 else.
 */
int command_start(struct command *, char *const argv[], bool to_stderr, int *status);

/* Notes its end if it has ended; with `block` waits for that. */
void command_wait(struct command *, bool block);

/*
 * Signals that end a program (INT, TERM, HUP, QUIT) and those that talk to one (USR1, USR2, ALRM)
 * are noted; with a command they are passed on to it, unless the terminal sent them to it as well.
 * SIGPIPE and SIGXFSZ are ignored (writes say EPIPE, EFBIG). Pass NULL for no command.
 */
void signals_catch(const struct command *);

/* How many ending signals have come. */
int signals_seen(void);

#endif
