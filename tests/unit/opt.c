#include "tests/unit/unit.h"
#include "base/opt.h"

#include <math.h>
#include <stdlib.h>

START_TEST(numbers)
{
	struct opt_numbers ids = {0};
	struct opt o = {.to = &ids};
	static const char *const bad[] = {"",   ",",  "1,", ",1",         "1,,2",
	                                  "-1", "+1", " 1", "4294967296", "99999999999999999999",
	                                  "7x", "7 8"};
	size_t i;

	ck_assert_int_eq(opt_numbers(&o, "7"), 0);
	ck_assert_int_eq(opt_numbers(&o, "0,4294967295"), 0);
	ck_assert_uint_eq(ids.n, 3);
	ck_assert_uint_eq(ids.v[0], 7);
	ck_assert_uint_eq(ids.v[1], 0);
	ck_assert_uint_eq(ids.v[2], UINT32_MAX);
	for (i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(opt_numbers(&o, bad[i]) < 0, "'%s' was taken", bad[i]);
	free(ids.v);
}
END_TEST

START_TEST(range)
{
	struct opt_range r = {-INFINITY, INFINITY};
	struct opt o = {.to = &r};
	static const char *const bad[] = {"",      "3",    "2,1",  "a,2", "1,b",
	                                  "1,2,3", "1 ,2", "nan,", ",inf"};
	size_t i;

	ck_assert_int_eq(opt_range(&o, ",2.5"), 0);
	ck_assert(isinf(r.from) && r.to == 2.5);
	ck_assert_int_eq(opt_range(&o, "-1,"), 0);
	ck_assert(r.from == -1 && r.to == 2.5);
	ck_assert_int_eq(opt_range(&o, "0,0"), 0);
	for (i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(opt_range(&o, bad[i]) < 0, "'%s' was taken", bad[i]);
	ck_assert(r.from == 0 && r.to == 0);
}
END_TEST

Suite *
unit_suite(void)
{
	Suite *s = suite_create("opt");
	TCase *t = tcase_create("setters");

	tcase_add_test(t, numbers);
	tcase_add_test(t, range);
	suite_add_tcase(s, t);
	return s;
}
