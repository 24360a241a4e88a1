/* lib/stream: ranges of addresses, and the address spaces made of them. */
#include "tests/unit/streams.h"
#include "stream/space.h"

static uint32_t
value_at(const struct ranges *t, uint64_t at)
{
	const struct range *r = ranges_find(t, at);

	return r ? r->value : 0;
}

START_TEST(ranges_model)
{
	enum { SIZE = 64 };
	struct ranges t = {0};
	uint32_t model[SIZE] = {0}, start, end, i;
	int k;

	seed = 5;
	for (k = 1; k < 20000; k++) {
		start = roll(SIZE);
		end = start + roll(SIZE - start);
		if (roll(4)) {
			ck_assert_int_eq(ranges_set(&t, start, end, (uint32_t)k), 0);
			for (i = start; i <= end; i++)
				model[i] = (uint32_t)k;
		} else {
			ck_assert_int_eq(ranges_clear(&t, start, end), 0);
			for (i = start; i <= end; i++)
				model[i] = 0;
		}
		for (i = 0; i < SIZE; i++) {
			if (value_at(&t, i) != model[i])
				ck_abort_msg("step %d: %u", k, i);
		}
		for (i = 1; i < t.n; i++) {
			if (t.r[i - 1].end >= t.r[i].start)
				ck_abort_msg("step %d: %u overlaps", k, i);
		}
	}
	ranges_free(&t);
}
END_TEST

START_TEST(ranges_ends)
{
	struct ranges t = {0};

	ck_assert_int_eq(ranges_set(&t, 0, UINT64_MAX, 1), 0);
	ck_assert_int_eq(ranges_set(&t, UINT64_MAX, UINT64_MAX, 2), 0);
	ck_assert_int_eq(ranges_set(&t, 0, 0, 3), 0);
	ck_assert_uint_eq(value_at(&t, 0), 3);
	ck_assert_uint_eq(value_at(&t, 1), 1);
	ck_assert_uint_eq(value_at(&t, UINT64_MAX - 1), 1);
	ck_assert_uint_eq(value_at(&t, UINT64_MAX), 2);
	ck_assert_int_eq(ranges_clear(&t, 0, UINT64_MAX), 0);
	ck_assert_uint_eq(t.n, 0);
	ranges_free(&t);
}
END_TEST

START_TEST(ranges_many)
{
	struct ranges t = {0};
	uint64_t i;

	for (i = 0; i < RANGES_MAX && ranges_set(&t, i * 2, i * 2, 1) == 0; i++)
		;
	ck_assert_uint_lt(i, RANGES_MAX);
	ck_assert_uint_le(t.n, RANGES_MAX);
	ck_assert_uint_ge(t.n, RANGES_MAX - 2);
	ranges_free(&t);
}
END_TEST

START_TEST(spaces)
{
	struct spaces s = {0};
	uint32_t before, pid;

	ck_assert_int_eq(space_map(&s, 1, 0x1000, 0x1000, 5), 0);
	ck_assert_int_eq(space_map(&s, 1, UINT64_MAX - 10, 100, 6), 0);
	ck_assert_ptr_nonnull(space_find(&s, 1, UINT64_MAX));
	ck_assert_int_eq(space_map(&s, 1, 0x9000, 0, 6), 0);
	ck_assert_ptr_null(space_find(&s, 1, 0x9000));
	space_fork(&s, 2, 1);
	ck_assert_uint_eq(s.total, 2);
	before = space_version(&s, 2);
	ck_assert_int_eq(space_map(&s, 1, 0x1000, 0x1000, 7), 0);
	ck_assert_uint_eq(s.total, 4);
	ck_assert_uint_eq(space_version(&s, 2), before);
	ck_assert_uint_eq(space_find(&s, 1, 0x1800)->value, 7);
	ck_assert_uint_eq(space_find(&s, 2, 0x1800)->value, 5);
	space_fork(&s, 2, 2);
	ck_assert_uint_eq(space_find(&s, 2, 0x1800)->value, 5);
	space_exec(&s, 2);
	ck_assert_ptr_null(space_find(&s, 2, 0x1800));
	ck_assert_uint_ne(space_version(&s, 2), before);
	ck_assert_uint_eq(s.total, 2);
	/* An ended process is known for a while, not for ever. */
	space_exit(&s, 1);
	ck_assert_ptr_nonnull(space_find(&s, 1, 0x1800));
	for (pid = 10; pid < 100000; pid++) {
		space_fork(&s, pid, 2);
		space_map(&s, pid, 0x1000, 0x1000, 1);
		space_exit(&s, pid);
	}
	ck_assert_uint_lt(s.n, 4000);
	ck_assert_uint_lt(s.total, 4000);
	ck_assert_ptr_null(space_find(&s, 1, 0x1800));
	spaces_free(&s);
}
END_TEST

/* A process that forks and maps, for ever: refused before it is too much. */
START_TEST(spaces_bounded)
{
	struct spaces s = {0};
	uint32_t pid = 1;
	uint64_t i;

	for (i = 0; i < 60000; i++)
		space_map(&s, 1, i * 0x2000, 0x1000, 1);
	ck_assert_uint_eq(s.total, 60000);
	do {
		space_fork(&s, ++pid, 1);
		ck_assert_uint_lt(pid, 100);
	} while (space_map(&s, pid, 0, 1, 2) == 0);
	ck_assert_uint_le(s.total, SPACE_MAX);
	spaces_free(&s);
}
END_TEST

Suite *
unit_suite(void)
{
	Suite *s = suite_create("space");
	TCase *t = tcase_create("spaces");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, ranges_model);
	tcase_add_test(t, ranges_ends);
	tcase_add_test(t, ranges_many);
	tcase_add_test(t, spaces);
	tcase_add_test(t, spaces_bounded);
	suite_add_tcase(s, t);
	return s;
}
