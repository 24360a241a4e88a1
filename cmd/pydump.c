/*
 * pydump: what every thread of a Python process does, now.
 *
 *   options -> python_find() -> look() -> for each thread: dump_thread(), dump_frame(), ...
 */
#include "cmd/front.h"
#include "cpython/look.h"
#include "render/dump.h"
#include "target/proc.h"

#include <limits.h>
#include <stdlib.h>

static struct {
	int pid;
	bool locals, json, full_paths, stop, never_stop;
} opt;

static const struct opt options[] = {
    {'p', "pid", "PID", "look at this process", opt_int, &opt.pid, 1, 4194304},
    {'l', "locals", NULL, "show the local variables of every frame", opt_flag, &opt.locals, 0, 0},
    {'j', "json", NULL, "write JSON", opt_flag, &opt.json, 0, 0},
    {0, "full-filenames", NULL, "show files by their whole path", opt_flag, &opt.full_paths, 0, 0},
    {0, "no-stop", NULL, "never stop a thread: show as torn what cannot be proved", opt_flag,
     &opt.never_stop, 0, 0},
    {0, "stop", NULL, "stop the process meanwhile: all threads at one moment", opt_flag, &opt.stop,
     0, 0},
    {0},
};

static const struct program pydump = {
    .name = "pydump",
    .operands = "-p PID",
    .summary = "Show what every thread of a Python process does, now",
    .opts = options,
};

static void
show_frame(struct dump *d, const struct look_frame *f)
{
	const struct locals *ls = &f->locals;
	size_t i;

	dump_frame(d, &(struct dump_frame){
	                  .func = f->code->func,
	                  .file = f->code->file,
	                  .root = f->code->root,
	                  .line = f->line,
	                  .firstline = f->code->firstline,
	              });
	for (i = 0; i < ls->n; i++)
		dump_local(d, ls->text.p + ls->l[i].name, ls->text.p + ls->l[i].value,
		           ls->l[i].argument);
	if (ls->more)
		dump_more_locals(d, ls->more);
}

static void
show_thread(void *arg, const struct look_thread *t)
{
	struct dump *d = arg;
	size_t i;

	dump_thread(d, &(struct dump_thread){
	                   .tid = t->tid,
	                   .ident = t->ident,
	                   .interp = t->interp,
	                   .name = t->name,
	                   .active = t->active,
	                   .gil = t->gil,
	                   .collecting = t->collecting,
	                   .torn = t->torn,
	                   .cut = t->cut,
	                   .loose_locals = t->loose_locals,
	               });
	for (i = 0; i < t->n; i++)
		show_frame(d, &t->frames[i]);
}

static int
dump_live(struct dump *d, struct python *py)
{
	char version[16], exe[PATH_MAX], *command = proc_command(py->pid);
	enum look_stops stops = opt.stop         ? LOOK_PROCESS
	                        : opt.never_stop ? LOOK_NEVER
	                                         : LOOK_THREADS;
	int n;

	python_version(py, version);
	proc_exe_path(py->pid, exe, sizeof exe);
	dump_begin(d, &(struct dump_process){
	                  .pid = py->pid,
	                  .command = command,
	                  .exe = exe,
	                  .version = version,
	              });
	n = look(py, opt.locals, stops, show_thread, d);
	dump_end(d);
	free(command);
	return n;
}

int
main(int argc, char **argv)
{
	int first = front_start(&pydump, argc, argv);
	struct dump d = {.f = stdout, .json = opt.json, .full_paths = opt.full_paths};
	struct python py;

	if (!opt.pid || argv[first])
		front_die(EXIT_USAGE, "%s (pydump -h lists the options)",
		          opt.pid ? "no operand is taken" : "no target: give -p PID");
	if (opt.stop && opt.never_stop)
		front_die(EXIT_USAGE, "--stop and --no-stop: one of the two");
	if (python_find(&py, opt.pid) != PYTHON_FOUND)
		front_die(EXIT_FAILED, "%s", err_why());
	if (dump_live(&d, &py) < 0)
		front_die(EXIT_FAILED, "%s", err_why());
	if (front_close(stdout) < 0)
		front_die(EXIT_FAILED, "%s", err_why());
	return EXIT_DONE;
}
