/*
 * ticker: the least that a recorder at this rate could cost: a timer loop that does nothing else.
 *
 *	ticker HZ SECONDS
 *
 * Prints the ticks it made, of those due. Late ones are skipped, not made up for.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { SECOND = 1000000000 };

static int64_t
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * SECOND + t.tv_nsec;
}

static void
sleep_until(int64_t ns)
{
	struct timespec t = {.tv_sec = ns / SECOND, .tv_nsec = ns % SECOND};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
		;
}

int
main(int argc, char **argv)
{
	double hz = argc == 3 ? atof(argv[1]) : 0, seconds = argc == 3 ? atof(argv[2]) : 0;
	int64_t start, step, at, ticks = 0;

	if (hz < 1 || hz > 1e6 || seconds <= 0) {
		fprintf(stderr, "usage: ticker HZ SECONDS\n");
		return 2;
	}
	step = (int64_t)(SECOND / hz);
	start = now();
	for (at = start + step; at <= start + (int64_t)(seconds * SECOND); at += step) {
		if (at < now() - step)
			continue;
		sleep_until(at);
		ticks++;
	}
	printf("%lld of %.0f\n", (long long)ticks, hz * seconds);
	return 0;
}
