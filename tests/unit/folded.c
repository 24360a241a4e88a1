#include "render/folded.h"
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

static int
read_text(struct stacks *s, const char *text, size_t len)
{
	FILE *f = fmemopen((void *)text, len ? len : 1, "r");
	int r;

	ck_assert_ptr_nonnull(f);
	if (!len)
		getc(f);
	r = folded_read(f, "in", s);
	fclose(f);
	return r;
}

static char *
write_text(const struct stacks *s)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	ck_assert_int_eq(folded_write(f, s), 0);
	fclose(f);
	return text;
}

static void
expect(const char *in, int result, const char *out)
{
	struct stacks s;
	char *text;

	stacks_init(&s);
	ck_assert_int_eq(read_text(&s, in, strlen(in)), result);
	text = write_text(&s);
	ck_assert_str_eq(text, out);
	free(text);
	stacks_free(&s);
}

static void
expect_error(const char *in, const char *why, const char *out)
{
	expect(in, -1, out);
	ck_assert_str_eq(err_why(), why);
}

START_TEST(lines)
{
	expect("", 0, "");
	expect("a;b 1\na 2\na;b 3\n", 0, "a 2\na;b 4\n");
	expect("a;b 1\r\na 2", 0, "a 2\na;b 1\n");
	expect("\n\na 1\n\r\nb 1\n", 0, "a 1\nb 1\n");
	expect("f (x.py:1);g (<lambda> y.py:2) 7\n", 0, "f (x.py:1);g (<lambda> y.py:2) 7\n");
	expect("a\t5\n", 0, "a 5\n");
	expect("a  5\n", 0, "a  5\n");
	expect("a 18446744073709551615\n", 0, "a 18446744073709551615\n");
	expect("a 0\n", 0, "");
}
END_TEST

START_TEST(fractions)
{
	expect("a 1.4\nb 1.5\nc 2.\nd 0.9\n", 0, "a 1\nb 2\nc 2\nd 1\n");
	expect_error("a 1.5x\n", "in: line 1: the last word is not a count", "");
	expect_error("a .5\n", "in: line 1: no count after the last space", "");
}
END_TEST

START_TEST(nothing_is_unknown)
{
	struct stacks s;
	char *text;

	expect(" 3\n", 0, "[unknown] 3\n");
	expect("a;;b 3\n", 0, "a;[unknown];b 3\n");
	stacks_init(&s);
	stacks_add(&s, 0, 4);
	text = write_text(&s);
	ck_assert_str_eq(text, "[unknown] 4\n");
	free(text);
	stacks_free(&s);
}
END_TEST

/* By the bytes of the whole line: as LC_ALL=C sort has them. */
START_TEST(order)
{
	expect("f;g 3\nf 5\nf (x:1) 2\nf (x:1);f 2\nf;a 1\ne;z 9\nf 5 1\nf 4 7\n", 0,
	       "e;z 9\nf (x:1) 2\nf (x:1);f 2\nf 4 7\nf 5\nf 5 1\nf;a 1\nf;g 3\n");
}
END_TEST

START_TEST(malformed)
{
	expect_error("a 1\nb\nc 1\n", "in: line 2: not of the form 'frame;frame COUNT'", "a 1\n");
	expect_error("a b\n", "in: line 1: no count after the last space", "");
	expect_error("a -1\n", "in: line 1: no count after the last space", "");
	expect_error("a 1 \n", "in: line 1: no count after the last space", "");
	expect_error("a 12z\n", "in: line 1: the last word is not a count", "");
	expect_error("a 18446744073709551616\n", "in: line 1: the count is over 64 bits", "");
	expect_error("a 18446744073709551615.5\n", "in: line 1: the count is over 64 bits", "");
	expect_error("a 18446744073709551615\nb 1\n",
	             "in: line 2: the sum of the counts is over 64 bits",
	             "a 18446744073709551615\n");
}
END_TEST

static void
escapes_to(const char *label, size_t len, const char *text)
{
	struct buf b = {0};
	struct stacks s;
	char *line;

	folded_label(&b, label, len);
	buf_char(&b, '\0');
	ck_assert_str_eq(b.p, text);
	b.len--;
	buf_str(&b, " 1\n");
	stacks_init(&s);
	ck_assert_int_eq(read_text(&s, b.p, b.len), 0);
	ck_assert_uint_eq(s.n, 2);
	ck_assert_mem_eq(s.labels.str[0].p, label, len);
	ck_assert_uint_eq(s.labels.str[0].len, len);
	line = write_text(&s);
	ck_assert_mem_eq(line, b.p, b.len);
	free(line);
	stacks_free(&s);
	buf_free(&b);
}

START_TEST(escaping)
{
	escapes_to("plain (a b.py:3)", 16, "plain (a b.py:3)");
	escapes_to("a;b", 3, "a\\x3bb");
	escapes_to("a\nb\r\t", 5, "a\\x0ab\\x0d\\x09");
	escapes_to("\0\177", 2, "\\x00\\x7f");
	escapes_to("C:\\new\\xylo", 11, "C:\\new\\xylo");
	escapes_to("\\x3b", 4, "\\x5cx3b");
	escapes_to("\\\\x3b", 5, "\\\\x5cx3b");
	escapes_to("\\;x", 3, "\\\\x3bx");
	escapes_to("\\x3;", 4, "\\x3\\x3b");
	escapes_to("\\x3B", 4, "\\x3B");
	escapes_to("\xff\xc3\xa9", 3, "\xff\xc3\xa9");
}
END_TEST

START_TEST(nul_in_a_line)
{
	struct stacks s;
	char *text;

	stacks_init(&s);
	ck_assert_int_eq(read_text(&s, "a\0b;c 2\n", 8), 0);
	text = write_text(&s);
	ck_assert_str_eq(text, "a\\x00b;c 2\n");
	free(text);
	stacks_free(&s);
}
END_TEST

START_TEST(deep)
{
	enum { DEPTH = 200000 };
	struct buf b = {0};
	struct stacks s;
	char *text;
	int i;

	for (i = 0; i < DEPTH; i++)
		buf_printf(&b, "%sf%d", i ? ";" : "", i % 7);
	buf_str(&b, " 1\n");
	buf_char(&b, '\0');
	stacks_init(&s);
	ck_assert_int_eq(read_text(&s, b.p, b.len - 1), 0);
	ck_assert_uint_eq(s.n, DEPTH + 1);
	text = write_text(&s);
	ck_assert_str_eq(text, b.p);
	free(text);
	stacks_free(&s);
	buf_free(&b);
}
END_TEST

START_TEST(full_disk)
{
	struct stacks s;
	FILE *f = fopen("/dev/full", "w");
	int r;

	if (!f)
		return;
	setvbuf(f, NULL, _IONBF, 0);
	stacks_init(&s);
	stacks_add(&s, stacks_child(&s, 0, stacks_label(&s, "a", 1)), 1);
	r = folded_write(f, &s);
	ck_assert_int_eq(r, -1);
	fclose(f);
	stacks_free(&s);
}
END_TEST

Suite *
unit_suite(void)
{
	Suite *suite = suite_create("folded");
	TCase *c = tcase_create("folded");

	tcase_add_test(c, lines);
	tcase_add_test(c, fractions);
	tcase_add_test(c, nothing_is_unknown);
	tcase_add_test(c, order);
	tcase_add_test(c, malformed);
	tcase_add_test(c, escaping);
	tcase_add_test(c, nul_in_a_line);
	tcase_add_test(c, deep);
	tcase_add_test(c, full_disk);
	suite_add_tcase(suite, c);
	return suite;
}
