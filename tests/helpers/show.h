/*
 * show: an event of a stream as a line of text, for tests.
 */
#ifndef TESTS_HELPERS_SHOW_H
#define TESTS_HELPERS_SHOW_H

#include "stream/reader.h"

#include <stdio.h>

static inline void
show_frame(FILE *out, const struct frame *f)
{
	static const char kinds[] = "PNKU";

	if (f->kind == FRAME_PYTHON)
		fprintf(out, "%s (%s:%u)", f->func, f->file, f->line);
	else
		fprintf(out, "%c%llx %s (%s)", kinds[f->kind], (unsigned long long)f->addr, f->func,
		        f->file);
}

static inline void
show_event(FILE *out, const struct reader *r, const struct event *ev)
{
	static const char *const types[] = {"sample", "lost",  "comm", "fork",
	                                    "exit",   "round", "join"};
	size_t i;

	fprintf(out, "%s %u/%u %llu", types[ev->type], ev->pid, ev->tid,
	        (unsigned long long)ev->time);
	if (ev->type == EV_SAMPLE) {
		fprintf(out, " %s %llu ticks %u state %x interp %u ", ev->event,
		        (unsigned long long)ev->period, ev->ticks, ev->state, ev->interp);
		for (i = ev->nframes; i-- > 0;) {
			show_frame(out, reader_frame(r, ev->frames[i]));
			if (i)
				putc(';', out);
		}
	}
	if (ev->type == EV_LOST)
		fprintf(out, " %llu", (unsigned long long)ev->lost);
	if (ev->type == EV_COMM)
		fprintf(out, " %s%s", ev->exec ? "exec " : "", ev->comm);
	if (ev->type == EV_FORK || ev->type == EV_EXIT)
		fprintf(out, " parent %u", ev->ppid);
	putc('\n', out);
}

#endif
