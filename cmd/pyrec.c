/*
 * pyrec: records what a Python process does, from outside, as a stream.
 *
 *   options -> struct record_opts -> record() -> one line of account on stderr
 */
#include "cmd/front.h"
#include "record/record.h"

#include <string.h>

enum { EXIT_OWN = 125 }; /* where a command's status is ours, our own failure */

static struct {
	struct opt_numbers pids;
	int zlevel;
	double hz, seconds;
	const char *output;
	bool quiet, never_stop, always_stop, follow;
} opt = {.hz = 1000};

static int
set_level(const struct opt *o, const char *arg)
{
	if (arg)
		return opt_int(o, arg);
	*(int *)o->to = 1;
	return 0;
}

#define PYFOLDS(what) (char *)(uintptr_t) "it is pyfold's: every sample records " what

static const struct opt options[] = {
    {'p', "pid", "PID[,PID...]", "record these processes", opt_numbers, &opt.pids, 1, 4194304},
    {'s', "subprocesses", NULL, "and the processes that descend from them", opt_flag, &opt.follow,
     0, 0},
    {'r', "rate", "HZ", "samples a second of each thread (default 1000)", opt_double, &opt.hz, 0.1,
     1000000},
    {'d', "duration", "SECONDS", "end after so long (default: when the target ends)", opt_double,
     &opt.seconds, 0.001, 1e9},
    {'o', "output", "FILE", "write the stream there (default: standard output)", opt_string,
     &opt.output, 0, 0},
    {'z', "zstd", "[LEVEL]", "compress, 1 to 19 (default 1)", set_level, &opt.zlevel, 1, 19},
    {0, "no-stop", NULL, "never stop a thread: deliver as torn what cannot be proved", opt_flag,
     &opt.never_stop, 0, 0},
    {0, "stop", NULL, "stop the thread for each of its samples, some 100 us", opt_flag,
     &opt.always_stop, 0, 0},
    {'q', "quiet", NULL, "no account on standard error at the end", opt_flag, &opt.quiet, 0, 0},
    {'t', "threads", NULL, "see pyfold(1)", opt_elsewhere, PYFOLDS("its thread; pyfold -t"), 0, 0},
    {'g', "gil", NULL, "see pyfold(1)", opt_elsewhere, PYFOLDS("who holds the GIL; pyfold -g"), 0,
     0},
    {'i', "idle", NULL, "see pyfold(1)", opt_elsewhere, PYFOLDS("idle threads too; pyfold -i"), 0,
     0},
    {'F', "function", NULL, "see pyfold(1)", opt_elsewhere, PYFOLDS("lines; pyfold -F"), 0, 0},
    {0},
};

static const struct program pyrec = {
    .name = "pyrec",
    .operands = "[-p PID[,PID...] | [--] COMMAND ARG...]",
    .summary = "Record what a Python process does, as a stream for pyfold(1) and perf(1)",
    .opts = options,
    .stop = true,
};

static void
account(const struct record_stats *st)
{
	front_say("%.2f s: %llu ticks due, %llu taken, %llu missed, %llu late; %llu samples, %llu "
	          "retried, %llu stopped, %llu torn; %llu threads; %.1f Hz; %llu bytes",
	          st->seconds, (unsigned long long)st->due, (unsigned long long)st->taken,
	          (unsigned long long)st->missed, (unsigned long long)st->late,
	          (unsigned long long)st->count.samples, (unsigned long long)st->count.retried,
	          (unsigned long long)st->count.stopped, (unsigned long long)st->count.torn,
	          (unsigned long long)st->count.threads,
	          st->seconds > 0 ? (double)st->taken / st->seconds : 0.0,
	          (unsigned long long)st->bytes);
}

int
main(int argc, char **argv)
{
	int first = front_start(&pyrec, argc, argv), status;
	bool to_stdout = !opt.output || !strcmp(opt.output, "-");
	struct record_opts o = {0};
	struct record_stats stats;

	if (!opt.pids.n == !argv[first])
		front_die(EXIT_USAGE, "%s (pyrec -h lists the options)",
		          opt.pids.n ? "-p and a command: one of the two"
		                     : "no target: give -p PID or a command");
	if (!opt.pids.n)
		front_failure(EXIT_OWN);
	o = (struct record_opts){
	    .pids = opt.pids.v,
	    .npids = opt.pids.n,
	    .follow = opt.follow,
	    .command = argv + first,
	    .command_to_stderr = to_stdout,
	    .hz = opt.hz,
	    .seconds = opt.seconds,
	    .zlevel = opt.zlevel,
	    .stops = opt.never_stop    ? STOPS_NEVER
	             : opt.always_stop ? STOPS_ALWAYS
	                               : STOPS_RARELY,
	    .fd = front_output(opt.output, true),
	};
	if (record(&o, &stats, &status) < 0 && !stats.broken_pipe) {
		front_say("%s", err_why());
		return status;
	}
	if (!stats.found && !stats.broken_pipe) {
		front_say("%s: no CPython interpreter was seen in it in %.2f s, nothing is "
		          "recorded",
		          opt.pids.n ? "the process" : argv[first], stats.seconds);
		return status ? status : opt.pids.n ? EXIT_FAILED : EXIT_OWN;
	}
	if (stats.tracer)
		front_say("process %d is traced by process %d: its threads could not be stopped, "
		          "as with --no-stop",
		          stats.traced, stats.tracer);
	if (!opt.quiet)
		account(&stats);
	return status;
}
