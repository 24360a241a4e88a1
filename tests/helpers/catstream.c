/*
 * catstream: prints the events of a stream, one a line, for tests. -q: only counts them.
 */
#include "stream/reader.h"
#include "base/err.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void
print_frame(const struct frame *f)
{
	static const char kinds[] = "PNKU";

	if (f->kind == FRAME_PYTHON)
		printf("%s (%s:%u)", f->func, f->file, f->line);
	else
		printf("%c %llx %s (%s)", kinds[f->kind], (unsigned long long)f->addr, f->func,
		       f->file);
}

static void
print(const struct reader *r, const struct event *ev)
{
	static const char *const types[] = {"sample", "lost", "comm", "fork", "exit", "round", "join"};
	size_t i;

	printf("%s %u/%u %llu", types[ev->type], ev->pid, ev->tid, (unsigned long long)ev->time);
	if (ev->type == EV_SAMPLE) {
		printf(" %s %llu ticks %u state %x interp %u ", ev->event,
		       (unsigned long long)ev->period, ev->ticks, ev->state, ev->interp);
		for (i = ev->nframes; i-- > 0;) {
			print_frame(reader_frame(r, ev->frames[i]));
			if (i)
				putchar(';');
		}
	}
	if (ev->type == EV_LOST)
		printf(" %llu", (unsigned long long)ev->lost);
	if (ev->type == EV_COMM)
		printf(" %s%s", ev->exec ? "exec " : "", ev->comm);
	if (ev->type == EV_FORK || ev->type == EV_EXIT)
		printf(" parent %u", ev->ppid);
	putchar('\n');
}

int
main(int argc, char **argv)
{
	bool quiet = argc > 1 && !strcmp(argv[1], "-q");
	unsigned long long samples = 0, frames = 0, ticks = 0;
	struct event ev;
	struct reader *r = reader_open(0, "stdin");
	int rc;

	while (r && (rc = reader_next(r, &ev)) > 0) {
		if (ev.type == EV_SAMPLE) {
			samples++;
			frames += ev.nframes;
			ticks += ev.ticks;
		}
		if (!quiet)
			print(r, &ev);
	}
	if (quiet && r)
		printf("%llu samples %llu frames %llu ticks %zu distinct\n", samples, frames, ticks,
		       reader_nframes(r));
	fflush(stdout);
	if (!r || rc < 0)
		fprintf(stderr, "catstream: %s\n", err_why());
	rc = !r || rc < 0;
	reader_close(r);
	return rc;
}
