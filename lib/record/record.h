/*
 * record: one recording, from attaching to the last byte. What pyrec(1) does.
 */
#ifndef RECORD_RECORD_H
#define RECORD_RECORD_H

#include "record/process.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct record_opts {
	const uint32_t *pids; /* none: run the command */
	size_t npids;
	bool follow;            /* their descendants as well */
	char *const *command;   /* ends with NULL */
	bool command_to_stderr; /* its standard output: ours carries the stream */
	double hz, seconds;     /* 0 seconds: until the target ends */
	int zlevel;
	enum stops stops;
	int fd; /* where the stream goes; closed when it is at its end */
};

struct record_stats {
	uint64_t due, taken, missed, late; /* ticks */
	struct process_counts count;
	double seconds;   /* of recording */
	uint64_t bytes;   /* written */
	bool found;       /* a CPython was recorded */
	pid_t traced;     /* this one of opts.pids was another's to stop, */
	pid_t tracer;     /* of this process; 0: none was */
	bool broken_pipe; /* the reader of our output went away */
};

/*
 * Records. 0, or -1 with err; *stats is filled either way. *status is what to exit with: the
 * command's own; where we failed 125, or 1 without a command; 127 and 126 when it could not be
 * started. The command is waited for in every case. A reader of the stream that goes away
 * (stats->broken_pipe) ends the recording, which is no failure of the command's run.
 */
int record(const struct record_opts *, struct record_stats *, int *status);

#endif
