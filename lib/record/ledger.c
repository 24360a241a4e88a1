#include "record/ledger.h"

void
ledger_add(struct ledger *l, uint64_t wall, uint64_t cpu, uint64_t ready)
{
	l->owed[LEDGER_CPU] += (int64_t)cpu;
	l->owed[LEDGER_READY] += (int64_t)ready;
	l->owed[LEDGER_IDLE] += (int64_t)(wall - cpu - ready);
}

static int64_t
sum(const struct ledger *l)
{
	int64_t all = 0;
	int i;

	for (i = 0; i < LEDGER_KINDS; i++)
		all += l->owed[i];
	return all;
}

/*
 * Never more than has passed, and two intervals: what one kind was given too early, others have
 * to wait for.
 */
static uint64_t
give(struct ledger *l, int kind, int64_t ns, int64_t interval)
{
	int64_t most = sum(l) + 2 * interval;

	if (ns > most)
		ns = most;
	if (ns < 0)
		ns = 0;
	l->owed[kind] -= ns;
	return (uint64_t)ns;
}

uint64_t
ledger_pay(struct ledger *l, int kind, uint64_t interval)
{
	int64_t one = (int64_t)interval, owed = l->owed[kind],
	        ns = one + (owed - one) / LEDGER_PART;

	if (owed - ns > one * LEDGER_MOST)
		ns = owed - one * LEDGER_MOST;
	return give(l, kind, ns, one);
}

uint64_t
ledger_overdue(struct ledger *l, int kind, uint64_t interval)
{
	int64_t one = (int64_t)interval, owed = l->owed[kind];

	return owed > one * LEDGER_MOST * 2 ? give(l, kind, owed, one) : 0;
}

void
ledger_settle(struct ledger *l, uint64_t rest[LEDGER_KINDS])
{
	int64_t left = sum(l), ns;
	int i;

	for (i = 0; i < LEDGER_KINDS; i++) {
		ns = l->owed[i] < left ? l->owed[i] : left;
		rest[i] = ns > 0 ? (uint64_t)ns : 0;
		left -= (int64_t)rest[i];
	}
	*l = (struct ledger){{0}};
}
