/*
 * pydump: what every thread of a Python process does, now.
 *   options -> python_find(), of a core python_find_core() -> look() -> for each thread:
 * dump_thread(), dump_frame(), ...
 */
#include "cmd/front.h"
#include "cpython/look.h"
#include "render/dump.h"
#include "target/proc.h"

#include <limits.h>
#include <stdlib.h>

static struct {
	int pid;
	const char *core;
	bool locals, json, full_paths, stop, never_stop;
} opt;

static const struct opt options[] = {
    {'p', "pid", "PID", "look at this process", opt_int, &opt.pid, 1, 4194304},
    {'c', "core", "CORE", "look at this core file", opt_string, &opt.core, 0, 0},
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
    .operands = "-p PID | -c CORE",
    .summary = "Show what every thread of a Python process does, or did when it died",
    .opts = options,
};

static void
show_frame(struct dump *d, const struct look_frame *f)
{
	const struct code *c = f->code;
	const struct locals *ls = &f->locals;
	const struct dump_frame frame = {c->func, c->file, c->root, f->line, c->firstline};
	size_t i;

	dump_frame(d, &frame);
	for (i = 0; i < ls->n; i++)
		dump_local(d, ls->text.p + ls->l[i].name, ls->text.p + ls->l[i].value,
		           ls->l[i].argument);
	if (ls->more)
		dump_more_locals(d, ls->more);
}

static void
show_thread(void *arg, const struct look_thread *t)
{
	const struct dump_thread thread = {t->tid,    t->ident,       t->interp,     t->name,
	                                   t->active, t->gil,         t->collecting, t->torn,
	                                   t->cut,    t->loose_locals};
	size_t i;

	dump_thread(arg, &thread);
	for (i = 0; i < t->n; i++)
		show_frame(arg, &t->frames[i]);
}

static int
dump_all(struct python *py, const struct dump_process *p)
{
	enum look_stops stops = opt.stop         ? LOOK_PROCESS
	                        : opt.never_stop ? LOOK_NEVER
	                                         : LOOK_THREADS;
	struct dump d = {.f = stdout, .json = opt.json, .full_paths = opt.full_paths};
	int n;

	dump_begin(&d, p);
	n = look(py, opt.locals, stops, show_thread, &d);
	dump_end(&d);
	return n;
}

static int
dump_live(void)
{
	char version[16], exe[PATH_MAX], *command;
	struct python py;
	int n;

	if (python_find(&py, opt.pid) != PYTHON_FOUND)
		return -1;
	python_version(&py, version);
	proc_exe_path(py.pid, exe, sizeof exe);
	command = proc_command(py.pid);
	n = dump_all(&py, &(struct dump_process){py.pid, command, exe, version, NULL});
	free(command);
	return n < 0 ? err_at("process %d", py.pid) : n;
}

static int
show_core(struct core *core)
{
	struct python py;
	char version[16];

	if (python_find_core(&py, core) != PYTHON_FOUND)
		return -1;
	python_version(&py, version);
	return dump_all(&py, &(struct dump_process){core->pid, core->command, core_exe(core),
	                                            version, opt.core});
}

/* One that is cut short is shown as far as it goes, and told of. */
static int
dump_core(void)
{
	struct core core;
	int n;

	if (core_open(&core, opt.core) < 0)
		return -1;
	n = show_core(&core);
	if (n < 0)
		err_at("%s", opt.core);
	if (core.size < core.want) {
		front_say("%s: cut short: it has %llu of %llu bytes", opt.core,
		          (unsigned long long)core.size, (unsigned long long)core.want);
		n = n < 0 ? n : err_set("%s: what is shown may lack something", opt.core);
	}
	core_close(&core);
	return n;
}

int
main(int argc, char **argv)
{
	int first = front_start(&pydump, argc, argv);

	if (!opt.pid == !opt.core || argv[first])
		front_die(EXIT_USAGE, "%s (pydump -h lists the options)",
		          argv[first] ? "no operand is taken"
		          : opt.pid   ? "-p and -c: one of the two"
		                      : "no target: give -p PID or -c CORE");
	if (opt.stop && opt.never_stop)
		front_die(EXIT_USAGE, "--stop and --no-stop: one of the two");
	if ((opt.core ? dump_core() : dump_live()) < 0 || front_close(stdout) < 0)
		front_die(EXIT_FAILED, "%s", err_why());
	return EXIT_DONE;
}
