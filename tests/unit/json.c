#include "base/json.h"
#include "tests/unit/unit.h"

#include <string.h>

static void
expect(struct json *j, const char *want)
{
	buf_char(j->to, '\0');
	ck_assert_str_eq(j->to->p, want);
	buf_free(j->to);
}

START_TEST(nesting)
{
	struct buf b = {0};
	struct json j = {.to = &b};

	json_object(&j);
	json_key(&j, "a");
	json_array(&j);
	json_number(&j, 1);
	json_array(&j);
	json_end(&j);
	json_object(&j);
	json_end(&j);
	json_number(&j, UINT64_MAX);
	json_end(&j);
	json_key(&j, "b");
	json_bool(&j, true);
	json_key(&j, "c");
	json_null(&j);
	json_key(&j, "d");
	json_text(&j, NULL);
	json_end(&j);
	expect(&j, "{\"a\":[1,[],{},18446744073709551615],\"b\":true,\"c\":null,\"d\":null}");
}
END_TEST

START_TEST(escapes)
{
	struct buf b = {0};
	struct json j = {.to = &b};

	json_array(&j);
	json_text(&j, "a\"\\/\n\x01\x7f");
	json_text_n(&j, "\0x", 2);
	json_text(&j, "\xc3\xa9\xf0\x9f\x90\x8d");
	json_text(&j, "\xff\xc3(\xed\xa0\x80");
	json_end(&j);
	expect(&j, "[\"a\\\"\\\\/\\u000a\\u0001\\u007f\",\"\\u0000x\",\"\xc3\xa9\xf0\x9f\x90\x8d\","
	           "\"\\udcff\\udcc3(\\udced\\udca0\\udc80\"]");
}
END_TEST

Suite *
unit_suite(void)
{
	Suite *s = suite_create("json");
	TCase *c = tcase_create("json");

	tcase_add_test(c, nesting);
	tcase_add_test(c, escapes);
	suite_add_tcase(s, c);
	return s;
}
