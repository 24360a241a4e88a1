#include "record/tick.h"
#include "base/clock.h"

#include <sys/prctl.h>
#include <time.h>

/* xorshift64*: it has to spread moments, not to resist anybody. */
static uint64_t
draw(struct ticks *t)
{
	t->random ^= t->random >> 12;
	t->random ^= t->random << 25;
	t->random ^= t->random >> 27;
	return t->random * UINT64_C(0x2545f4914f6cdd1d);
}

/*
 * Anywhere in interval `index`: what repeats in step with the intervals is seen at all its moments,
 * as it would not be if a part of each were left out.
 */
static void
schedule(struct ticks *t, uint64_t index)
{
	t->index = index;
	t->next = t->start + index * t->interval + draw(t) % t->interval;
}

void
ticks_start(struct ticks *t, double hz)
{
	/* The kernel may be 50 us late on purpose; unprivileged, and inherited by nobody. */
	prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
	*t = (struct ticks){.interval = (uint64_t)(1e9 / hz), .start = clock_now()};
	t->random = t->start | 1;
	schedule(t, 0);
}

bool
ticks_wait(struct ticks *t, uint64_t until)
{
	uint64_t at = t->next < until ? t->next : until, now, index, due;
	struct timespec ts = {(time_t)(at / 1000000000), (long)(at % 1000000000)};

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
	now = clock_now();
	if (now < t->next)
		return false;
	t->taken++;
	if (now - t->next > t->interval / 2)
		t->late++;
	index = (now - t->start) / t->interval;
	due = t->index; /* the tick now taken */
	/* One whose moment has passed, but not its interval, is taken at once. */
	schedule(t, index > due ? index : due + 1);
	t->missed += t->index - due - 1;
	return true;
}

void
ticks_end(struct ticks *t, uint64_t now)
{
	if (now < t->next)
		return;
	t->missed += (now - t->start) / t->interval - t->index + 1;
	schedule(t, (now - t->start) / t->interval + 1);
}
