#include "tests/unit/unit.h"
#include "base/err.h"

#include <errno.h>

START_TEST(err_chain)
{
	ck_assert_int_eq(err_set("line %d: %s", 3, "no count"), -1);
	ck_assert_int_eq(err_at("%s", "a.folded"), -1);
	ck_assert_str_eq(err_why(), "a.folded: line 3: no count");
}
END_TEST

Suite *
unit_suite(void)
{
	Suite *s = suite_create("base");
	TCase *t = tcase_create("err");

	tcase_add_test(t, err_chain);
	suite_add_tcase(s, t);
	return s;
}
