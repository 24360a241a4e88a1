/* pysvg: folded text in, a flame graph out. */
#include "cmd/front.h"
#include "render/folded.h"
#include "render/svg.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct svg_opts opts = SVG_DEFAULTS;
static const char *output;

static const struct opt table[] = {
    {'o', "output", "FILE", "write to FILE, not to standard output", opt_string, &output, 0, 0},
    {'t', "title", "TEXT", "the heading", opt_string, &opts.title, 0, 0},
    {0, "countname", "TEXT", "what the counts are (samples); ns and bytes are scaled", opt_string,
     &opts.countname, 0, 0},
    {0, "width", "PX", "a fixed width; else as wide as the window", opt_double, &opts.width, 100,
     30000},
    {0, "height", "PX", "height of a frame (18)", opt_double, &opts.height, 3, 200},
    {0, "minwidth", "PX", "leave narrower frames out (0.1)", opt_double, &opts.minwidth, 0, 1000},
    {'i', "inverted", NULL, "icicles: the root on top", opt_flag, &opts.inverted, 0, 0},
    {0}};

static const struct program program = {.name = "pysvg",
                                       .operands = "[FILE...]",
                                       .summary = "Draw folded stacks as a flame graph in SVG",
                                       .opts = table};

/* -1 after a message; what could be read is in s. */
static int
read_file(const char *path, struct stacks *s)
{
	const char *name = path && strcmp(path, "-") ? path : "standard input";
	int r, fd = front_input(path);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "r");

	if (f) {
		r = folded_read(f, name, s);
		fclose(f);
	} else {
		r = fd < 0 ? -1 : err_sys("%s", name);
	}
	if (r < 0)
		front_say("%s", err_why());
	return r;
}

static void
draw(const struct stacks *s)
{
	FILE *out = fdopen(front_output(output, false), "w");

	if (!out || svg_render(out, s, &opts) < 0 || front_close(out) < 0)
		front_die(EXIT_FAILED, "%s: %s", output ? output : "standard output",
		          out ? err_why() : strerror(errno));
}

int
main(int argc, char **argv)
{
	int i, status = EXIT_DONE;
	struct stacks s;

	i = front_start(&program, argc, argv);
	stacks_init(&s);
	if (i == argc && read_file(NULL, &s) < 0)
		status = EXIT_FAILED;
	for (; i < argc; i++) {
		if (read_file(argv[i], &s) < 0)
			status = EXIT_FAILED;
	}
	if (s.n > 1) {
		draw(&s);
	} else if (status == EXIT_DONE) {
		front_say("no stacks: the input is empty");
		status = EXIT_FAILED;
	}
	stacks_free(&s);
	return status;
}
