/* tick.c: the schedule's laws, on a machine that may be busy: counts add up, whatever happens. */
#include "base/clock.h"
#include "record/tick.h"
#include "tests/unit/unit.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { MS = 1000000 };

/* Which interval of the schedule a moment is in. */
static uint64_t
interval_of(const struct ticks *t, uint64_t at)
{
	return (at - t->start) / t->interval;
}

/*
 * Every interval before the next tick's is accounted for, as taken or as missed.
 */
static void
check_law(const struct ticks *t)
{
	ck_assert_uint_eq(t->taken + t->missed, interval_of(t, t->next));
	ck_assert_uint_le(t->late, t->taken);
}

static void
run(struct ticks *t, double hz, uint64_t ns, void (*between)(int))
{
	uint64_t end;
	int i;

	ticks_start(t, hz);
	end = t->start + ns;
	for (i = 0; clock_now() < end; i++) {
		ticks_wait(t, end);
		check_law(t);
		if (between)
			between(i);
	}
}

START_TEST(one_tick_in_every_interval)
{
	static const double rates[] = {7, 100, 1000, 9999, 100000, 1000000};
	struct ticks t;

	run(&t, rates[_i], 300 * MS, NULL);
	ticks_end(&t, t.start + 300 * MS);
	check_law(&t);
	ck_assert_uint_ge(t.taken, 1);
	ck_assert_uint_ge(t.taken + t.missed, (uint64_t)(rates[_i] * 0.3) - 1);
}
END_TEST

/* Now and then so long away that intervals pass without us, to any place in the interval. */
static void
dawdle(int i)
{
	if (i % 3 == 0)
		usleep((useconds_t)(rand() % 7000));
}

START_TEST(what_was_missed_is_counted)
{
	struct ticks t;
	uint64_t end;

	run(&t, 1000, 500 * MS, dawdle);
	ck_assert_uint_ge(t.missed, 20);
	ck_assert_uint_ge(t.late, 20);
	end = clock_now();
	ticks_end(&t, end);
	check_law(&t);
	ck_assert_uint_ge(t.taken + t.missed, interval_of(&t, end));
	ck_assert_uint_le(t.taken + t.missed, interval_of(&t, end) + 1);
	ticks_end(&t, end); /* once is enough */
	ck_assert_uint_le(t.taken + t.missed, interval_of(&t, end) + 1);
}
END_TEST

START_TEST(moments_are_spread)
{
	uint64_t quarters[4] = {0};
	struct ticks t;
	int i;

	ticks_start(&t, 2000);
	for (i = 0; i < 400; i++) {
		quarters[(t.next - t.start) % t.interval * 8 / t.interval % 4]++;
		while (!ticks_wait(&t, UINT64_MAX))
			;
	}
	for (i = 0; i < 4; i++)
		ck_assert_uint_ge(quarters[i], 50); /* 100 of 400 each, but for chance */
}
END_TEST

START_TEST(until_comes_first)
{
	uint64_t until;
	struct ticks t;

	ticks_start(&t, 0.1);
	until = clock_now() + 5 * MS;
	if (t.next > until) {
		ck_assert(!ticks_wait(&t, until));
		ck_assert_uint_ge(clock_now(), until);
	}
	ck_assert_uint_eq(t.taken + t.missed, 0);
	ck_assert(!ticks_wait(&t, 0)); /* in the past: at once */
}
END_TEST

static void
nothing(int sig)
{
	(void)sig;
}

START_TEST(a_signal_ends_the_sleep)
{
	struct sigaction sa = {.sa_handler = nothing};
	struct itimerval timer = {.it_value.tv_usec = 20000};
	uint64_t start = clock_now();
	struct ticks t;

	sigaction(SIGALRM, &sa, NULL);
	ticks_start(&t, 0.1);
	t.next = start + 3000ull * MS;
	setitimer(ITIMER_REAL, &timer, NULL);
	ck_assert(!ticks_wait(&t, UINT64_MAX));
	ck_assert_uint_lt(clock_now() - start, 2000ull * MS);
}
END_TEST

Suite *
unit_suite(void)
{
	Suite *s = suite_create("tick");
	TCase *t = tcase_create("tick");

	tcase_set_timeout(t, 20);
	tcase_add_loop_test(t, one_tick_in_every_interval, 0, 6);
	tcase_add_test(t, what_was_missed_is_counted);
	tcase_add_test(t, moments_are_spread);
	tcase_add_test(t, until_comes_first);
	tcase_add_test(t, a_signal_ends_the_sleep);
	suite_add_tcase(s, t);
	return s;
}
