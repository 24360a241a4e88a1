/*
 * catstream: prints the events of a stream, one a line, for tests. -q: only counts them.
 */
#include "tests/helpers/show.h"
#include "base/err.h"

#include <stdio.h>
#include <string.h>

int
main(int argc, char **argv)
{
	bool quiet = argc > 1 && !strcmp(argv[1], "-q");
	unsigned long long samples = 0, frames = 0, ticks = 0;
	struct event ev;
	struct reader *r = reader_open(0, "stdin");
	int rc = 0;

	while (r && (rc = reader_next(r, &ev)) > 0) {
		if (ev.type == EV_SAMPLE) {
			samples++;
			frames += ev.nframes;
			ticks += ev.ticks;
		}
		if (!quiet)
			show_event(stdout, r, &ev);
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
