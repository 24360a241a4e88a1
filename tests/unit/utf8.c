#include "base/utf8.h"
#include "tests/unit/unit.h"

#include <string.h>

static void
expect(const char *bytes, size_t len, size_t taken, uint32_t code)
{
	uint32_t c = 0;

	ck_assert_uint_eq(utf8_next(bytes, bytes + len, &c), taken);
	if (taken)
		ck_assert_uint_eq(c, code);
}

START_TEST(valid)
{
	expect("a", 1, 1, 'a');
	expect("\0", 1, 1, 0);
	expect("\x7f", 1, 1, 0x7f);
	expect("\xc2\x80", 2, 2, 0x80);
	expect("\xdf\xbf", 2, 2, 0x7ff);
	expect("\xe0\xa0\x80", 3, 3, 0x800);
	expect("\xed\x9f\xbf", 3, 3, 0xd7ff);
	expect("\xee\x80\x80", 3, 3, 0xe000);
	expect("\xef\xbf\xbf!", 4, 3, 0xffff);
	expect("\xf0\x90\x80\x80", 4, 4, 0x10000);
	expect("\xf4\x8f\xbf\xbf", 4, 4, 0x10ffff);
}
END_TEST

START_TEST(invalid)
{
	expect("\x80", 1, 0, 0);
	expect("\xbf\x80", 2, 0, 0);
	expect("\xc0\x80", 2, 0, 0);
	expect("\xc1\xbf", 2, 0, 0);
	expect("\xe0\x9f\xbf", 3, 0, 0);
	expect("\xed\xa0\x80", 3, 0, 0);
	expect("\xed\xbf\xbf", 3, 0, 0);
	expect("\xf0\x8f\xbf\xbf", 4, 0, 0);
	expect("\xf4\x90\x80\x80", 4, 0, 0);
	expect("\xf8\x88\x80\x80\x80", 5, 0, 0);
	expect("\xff", 1, 0, 0);
	expect("\xc3", 1, 0, 0);
	expect("\xe2\x80", 2, 0, 0);
	expect("\xf0\x9f\x90", 3, 0, 0);
	expect("\xc3(", 2, 0, 0);
	expect("\xe2\x80(", 3, 0, 0);
}
END_TEST

Suite *
unit_suite(void)
{
	Suite *s = suite_create("utf8");
	TCase *c = tcase_create("utf8");

	tcase_add_test(c, valid);
	tcase_add_test(c, invalid);
	suite_add_tcase(s, c);
	return s;
}
