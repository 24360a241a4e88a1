/*
 * front: what every program does the same way: it speaks, it exits, it checks its output.
 *
 * Exit codes: 0 done, 1 failed, 2 usage.
 */
#ifndef CMD_FRONT_H
#define CMD_FRONT_H

#include "base/err.h"
#include "base/opt.h"

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* Parses; answers -h and -V, and exits 2 with a line on a wrong option. Index of first operand. */
int front_start(const struct program *, int argc, char **argv);

/* "program: text" on stderr. */
void front_say(const char *fmt, ...) PRINTF_LIKE(1, 2);
void front_die(int status, const char *fmt, ...) PRINTF_LIKE(2, 3) __attribute__((noreturn));

/*
 * The FILE operand opened, or stdin for NULL and "-". Closed by the caller unless stdin. -1 with
 * err; a terminal as stdin is refused, for nobody types what we read.
 *
 * Ctrl-C reaches a whole pipeline: from here on the first SIGINT is left to whoever writes our
 * stdin, whose last data is still to come; the second ends us.
 */
int front_input(const char *path);

/*
 * Where -o goes: `path`, or stdout for NULL and "-". Written in place. A binary stream is refused
 * to a terminal. Ends the program where it cannot be had, with EXIT_FAILED or what front_failure()
 * was given: a program that runs a command has a status of its own for that.
 */
int front_output(const char *path, bool binary);
void front_failure(int status);

/* Flushes and closes a text output; -1 with err when something did not reach it. */
int front_close(FILE *);

#endif
