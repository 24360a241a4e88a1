#include "record/ledger.h"

#include "tests/unit/unit.h"

#include <stdint.h>

enum { MS = 1000000 };

/* A thread that runs `f`, then `g`, then sleeps, again and again; what sampling it says. */
struct cycle {
	uint64_t f, g, sleep;
};

struct sums {
	uint64_t f, g, idle, wall, cpu;
};

static uint64_t
draw(uint64_t *x)
{
	*x ^= *x >> 12;
	*x ^= *x << 25;
	*x ^= *x >> 27;
	return *x * UINT64_C(0x2545f4914f6cdd1d);
}

/* ns on a CPU up to `t`. */
static uint64_t
ran(const struct cycle *c, uint64_t t)
{
	uint64_t whole = c->f + c->g + c->sleep, part = t % whole;

	return t / whole * (c->f + c->g) + (part < c->f + c->g ? part : c->f + c->g);
}

/* One tick at a random moment of each interval; of a hundred, `gap` are missed in a row. */
static struct sums
sample(const struct cycle *c, int ticks, uint64_t interval, int gap)
{
	uint64_t x = 88172645463325252u, last = 0, t, k;
	struct ledger l = {{0}};
	struct sums s = {0};
	uint64_t rest[LEDGER_KINDS];
	int i;

	for (i = 0; i < ticks; i++) {
		if (i % 100 < gap)
			continue;
		t = (uint64_t)i * interval + draw(&x) % interval + 1;
		ledger_add(&l, t - last, ran(c, t) - ran(c, last), 0);
		k = t % (c->f + c->g + c->sleep);
		if (k < c->f)
			s.f += ledger_pay(&l, LEDGER_CPU, interval);
		else if (k < c->f + c->g)
			s.g += ledger_pay(&l, LEDGER_CPU, interval);
		else
			s.idle += ledger_pay(&l, LEDGER_IDLE, interval);
		last = t;
	}
	ledger_settle(&l, rest);
	s.g += rest[LEDGER_CPU];
	s.idle += rest[LEDGER_IDLE];
	s.wall = last;
	s.cpu = ran(c, last);
	return s;
}

/* Within `points` of a hundred of the whole. */
static void
near(uint64_t a, uint64_t b, uint64_t whole, double points)
{
	double off = ((double)a - (double)b) / (double)whole * 100;

	ck_assert_msg(off <= points && off >= -points, "%.3f points off: %llu, not %llu", off,
	              (unsigned long long)a, (unsigned long long)b);
}

START_TEST(adds_up)
{
	static const struct cycle cycles[] = {
	    {MS, 0, MS},
	    {MS / 20, MS / 20, MS / 10},
	    {25 * MS, 25 * MS, 50 * MS},
	    {MS / 100, 0, 99 * MS / 100},
	    {MS, MS, 0},
	    {MS / 2, MS / 2, 9 * MS},
	    {MS * 7 / 10, MS / 10, MS * 3 / 10},
	};
	size_t i;
	int gap;

	for (i = 0; i < sizeof cycles / sizeof *cycles; i++) {
		for (gap = 0; gap <= 60; gap += 30) {
			struct sums s = sample(&cycles[i], 10000, MS, gap);

			near(s.f + s.g + s.idle, s.wall, 2 * MS, 100);
			ck_assert_uint_ge(s.f + s.g + s.idle, s.wall);
			near(s.f + s.g, s.cpu, s.wall, 0.5);
		}
	}
}
END_TEST

/* No function gets more for standing late in a burst. */
START_TEST(is_fair)
{
	static const struct cycle burst = {MS / 2, MS / 2, 9 * MS};
	struct sums s = sample(&burst, 200000, MS, 0);

	near(s.f, s.g, s.f + s.g, 2);
}
END_TEST

/* All of its samples are of one kind: the other's time comes all the same, in large pieces. */
START_TEST(no_samples_of_a_kind)
{
	struct ledger l = {{0}};
	uint64_t cpu = 0, idle = 0, rest[LEDGER_KINDS];
	int i;

	for (i = 0; i < 1000; i++) {
		ledger_add(&l, MS, MS / 2, 0);
		cpu += ledger_pay(&l, LEDGER_CPU, MS);
		idle += ledger_overdue(&l, LEDGER_IDLE, MS);
	}
	near(cpu, 500u * MS, 1000u * MS, 5);
	near(idle, 500u * MS, 1000u * MS, 14);
	ledger_settle(&l, rest);
	near(cpu + idle + rest[LEDGER_CPU] + rest[LEDGER_IDLE], 1000u * MS, MS, 200);
	near(cpu + rest[LEDGER_CPU], 500u * MS, 1000u * MS, 4);
}
END_TEST

/* A kernel's clock that is behind, or runs ahead of ours, does no harm. */
START_TEST(odd_clocks)
{
	struct ledger l = {{0}};

	ledger_add(&l, MS, 3 * MS, 0);
	ck_assert_uint_le(ledger_pay(&l, LEDGER_IDLE, MS), MS);
	ledger_add(&l, MS, 0, 0);
	ck_assert_uint_le(ledger_pay(&l, LEDGER_CPU, MS), 2 * MS);
	ck_assert_uint_eq(ledger_overdue(&l, LEDGER_CPU, MS), 0);
}
END_TEST

Suite *
unit_suite(void)
{
	Suite *s = suite_create("ledger");
	TCase *c = tcase_create("ledger");

	tcase_add_test(c, adds_up);
	tcase_add_test(c, is_fair);
	tcase_add_test(c, no_samples_of_a_kind);
	tcase_add_test(c, odd_clocks);
	suite_add_tcase(s, c);
	return s;
}
