/*
 * ledger: how many nanoseconds each sample of a thread stands for.
 *
 * What a thread does at a tick is chance; how long it was on a CPU, or ready for one, the kernel
 * knows exactly. A sample is given one interval of the schedule, as in plain sampling, and
 * a small part of what its kind is owed: the kernel's time for it less what earlier samples of it
 * were given. So the sums of all kinds follow the kernel's clock, ticks that were missed included,
 * and no sample weighs much more or less for where it fell.
 *
 * What is less fair, for two functions that run 0.5 ms each and then sleep 9 ms, at 1 kHz and in
 * step with it: to give a sample the time since the last tick, or all the time on a CPU since the
 * last sample there (the second gets 62 %, for the more time has passed the later the tick comes);
 * to split each interval between the kinds (CPU time on the stacks of sleeping threads).
 */
#ifndef RECORD_LEDGER_H
#define RECORD_LEDGER_H

#include <stdint.h>

enum { LEDGER_CPU, LEDGER_READY, LEDGER_IDLE, LEDGER_KINDS };

enum {
	LEDGER_PART = 64, /* a sample carries one part in so many of what is owed, */
	LEDGER_MOST = 64, /* and all beyond so many intervals */
};

struct ledger {
	int64_t owed[LEDGER_KINDS]; /* ns; negative: given too early */
};

/* Time passed, of which the thread was on a CPU for cpu, and ready for one for ready. */
void ledger_add(struct ledger *, uint64_t wall, uint64_t cpu, uint64_t ready);

/* What a sample of this kind stands for. */
uint64_t ledger_pay(struct ledger *, int kind, uint64_t interval);

/*
 * What a kind is owed where that is more than 2 LEDGER_MOST intervals: it has no samples to carry
 * it, so that some other's stack has to do. Else 0.
 */
uint64_t ledger_overdue(struct ledger *, int kind, uint64_t interval);

/*
 * At the end: what is left. All that was given then is the time that passed, or more by two
 * intervals at most: a sample stands for its interval's part after it, too.
 */
void ledger_settle(struct ledger *, uint64_t rest[LEDGER_KINDS]);

#endif
