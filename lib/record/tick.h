/*
 * tick: when to sample. One tick in every interval, at a random moment of it, so that the schedule
 * is never in step with the target; sleeping, never spinning.
 */
#ifndef RECORD_TICK_H
#define RECORD_TICK_H

#include <stdbool.h>
#include <stdint.h>

struct ticks {
	uint64_t interval, start; /* ns; ns of CLOCK_MONOTONIC */
	uint64_t next;            /* when the next tick is due */
	uint64_t index;           /* its number */
	uint64_t random;
	/* Counts for the summary: due = taken + missed. */
	uint64_t taken, missed, late; /* late: taken more than half an interval after it was due */
};

void ticks_start(struct ticks *, double hz);

/*
 * Sleeps until the next tick or `until` (ns), whichever is first, or a signal. true: a tick is
 * due now; it counts as taken, and ticks that passed meanwhile as missed.
 */
bool ticks_wait(struct ticks *, uint64_t until);

/* The schedule ends at `now`: what came due since the last tick was missed. */
void ticks_end(struct ticks *, uint64_t now);

#endif
