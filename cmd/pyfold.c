/*
 * pyfold: a stream of samples to folded stacks, pyfolded(5).
 */
#include "cmd/front.h"
#include "model/fold.h"
#include "render/folded.h"
#include "stream/reader.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct fold_opts opts = {.time = {-INFINITY, INFINITY}};
static bool by_function, full_names;
static const char *output;

static int
set_weight(const struct opt *o, const char *arg)
{
	enum fold_weight *to = o->to;

	if (!strcmp(arg, "samples"))
		*to = FOLD_SAMPLES;
	else if (!strcmp(arg, "time"))
		*to = FOLD_TIME;
	else
		return err_set("'%s' is neither samples nor time", arg);
	return 0;
}

#define PYREC(letter, name, arg, does)                                                             \
	{                                                                                          \
		letter, name, arg, "", opt_elsewhere, "is pyrec's: it " does, 0, 0                 \
	}

static const struct opt table[] = {
    {'F', "function", NULL, "one frame per function: its first line", opt_flag, &by_function, 0, 0},
    {'t', "threads", NULL, "a root frame per thread", opt_flag, &opts.threads, 0, 0},
    {'P', "processes", NULL, "a root frame per process", opt_flag, &opts.processes, 0, 0},
    {'g', "gil", NULL, "only samples that hold the GIL", opt_flag, &opts.gil, 0, 0},
    {'i', "idle", NULL, "idle samples too", opt_flag, &opts.idle, 0, 0},
    {'e', "event", "EVENT,...", "these events, in place of those on the CPU", opt_string,
     &opts.events, 0, 0},
    {'w', "weight", "WEIGHT", "count samples (the default) or time, in ns", set_weight,
     &opts.weight, 0, 0},
    {0, "time", "A,B", "from A to before B, in seconds since the first sample", opt_range,
     &opts.time, 0, 0},
    {0, "pid", "N,...", "these processes", opt_numbers, &opts.pids, 0, 0},
    {0, "tid", "N,...", "these threads", opt_numbers, &opts.tids, 0, 0},
    {0, "full-filenames", NULL, "do not shorten paths", opt_flag, &full_names, 0, 0},
    {'o', "output", "FILE", "write there, not to standard output", opt_string, &output, 0, 0},
    PYREC('p', NULL, "PID", "records a process (pyfold --pid chooses from a recording)"),
    PYREC('r', "rate", "HZ", "sets how often samples are taken"),
    PYREC('d', "duration", "SECONDS", "ends the recording (pyfold --time chooses from it)"),
    PYREC('z', NULL, "[LEVEL]", "compresses the stream; pyfold reads either"),
    PYREC('s', NULL, NULL, "follows subprocesses"),
    PYREC('n', NULL, NULL, "records native frames; pyfold shows what is there"),
    {0}};

static const struct program program = {"pyfold", "[FILE...]",
                                       "Folds recorded samples into counted stacks", table, false};

/* False where the stream is bad; what came before has been added. */
static bool
fold_file(struct fold *f, const char *path)
{
	const char *name = path && strcmp(path, "-") ? path : "standard input";
	int got = -1, fd = front_input(path);
	struct reader *r = fd < 0 ? NULL : reader_open(fd, name);
	struct event ev;

	if (r) {
		fold_begin(f, r);
		while ((got = reader_next(r, &ev)) > 0) {
			if (fold_event(f, &ev) < 0)
				front_die(EXIT_FAILED, "%s: %s", name, err_why());
		}
	}
	if (got < 0)
		front_say("%s", err_why());
	if (r)
		reader_close(r);
	if (fd > STDIN_FILENO)
		close(fd);
	return got == 0;
}

int
main(int argc, char **argv)
{
	int i = front_start(&program, argc, argv);
	struct fold *f = fold_new(&opts);
	bool good = true;
	FILE *out;

	opts.labels = (by_function ? LABEL_FUNCTION : 0) | (full_names ? LABEL_FULL_PATH : 0);
	out = fdopen(front_output(output, false), "w");
	if (i == argc)
		good = fold_file(f, NULL);
	for (; i < argc; i++)
		good &= fold_file(f, argv[i]);
	if (folded_write(out, fold_end(f)) < 0 || front_close(out) < 0)
		front_die(EXIT_FAILED, "%s: %s", output ? output : "standard output", err_why());
	if (good && fold_remark(f))
		front_say("%s", fold_remark(f));
	fold_free(f);
	free(opts.pids.v);
	free(opts.tids.v);
	return good ? EXIT_DONE : EXIT_FAILED;
}
