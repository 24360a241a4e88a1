#include "render/svg.h"
#include "base/err.h"
#include "render/boxes.h"
#include "render/caption.h"
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

static void
kind_is(const char *label, enum kind kind)
{
	ck_assert_msg(caption_kind(label, strlen(label)) == kind, "%s is %d", label,
	              caption_kind(label, strlen(label)));
}

START_TEST(kinds)
{
	kind_is("main (app.py:3)", KIND_APP);
	kind_is("main", KIND_APP);
	kind_is("", KIND_APP);
	kind_is("lib (python.py:3)", KIND_APP);
	kind_is("f (lib/python.py:3)", KIND_APP);
	kind_is("f (lib/python3.py:3)", KIND_APP);
	kind_is("f (lib/python3.11:3)", KIND_APP);
	kind_is("f (site-packages.py:3)", KIND_APP);
	kind_is("native ([x]) (a.py:1)", KIND_APP);
	kind_is("get (site-packages/requests/api.py:73)", KIND_SITE);
	kind_is("get (dist-packages/requests/api.py)", KIND_SITE);
	kind_is("get (/usr/lib/python3/dist-packages/a.py:1)", KIND_SITE);
	kind_is("get (/venv/lib/python3.11/site-packages/a.py:1)", KIND_SITE);
	kind_is("loads (lib/python3.11/json/__init__.py:346)", KIND_STD);
	kind_is("loads (/usr/lib64/python3.8/json/__init__.py:346)", KIND_STD);
	kind_is("run (lib/python3.13t/threading.py:1)", KIND_STD);
	kind_is("x (glib/libpython3.1/lib/python3.1/a.py)", KIND_STD);
	kind_is("_find_and_load (<frozen importlib._bootstrap>:1027)", KIND_STD);
	kind_is("poll ([libc.so.6])", KIND_NATIVE);
	kind_is("0x7f00 ([site-packages/a.so])", KIND_NATIVE);
	kind_is("do_syscall_64_[k]", KIND_NATIVE);
	kind_is("python3 (4242)", KIND_CONTEXT);
	kind_is("my prog (4242)", KIND_CONTEXT);
	kind_is("thread (7): worker (a.py:3)", KIND_CONTEXT);
	kind_is("thread (7)", KIND_CONTEXT);
	kind_is("thread (x): worker", KIND_APP);
	kind_is("[unknown]", KIND_CONTEXT);
	kind_is("[task Task-1]", KIND_CONTEXT);
	kind_is("[", KIND_APP);
	kind_is("f ()", KIND_APP);
}
END_TEST

static uint64_t
hash_of(const char *s)
{
	return caption_hash(s, strlen(s));
}

START_TEST(shades)
{
	ck_assert(hash_of("f (a.py:3)") == hash_of("f (a.py:400)"));
	ck_assert(hash_of("f (a.py:3)") != hash_of("g (a.py:3)"));
	ck_assert(hash_of("f (a.py:3)") != hash_of("f (b.py:3)"));
	ck_assert(hash_of("a (1)") != hash_of("a (2)"));
	ck_assert(hash_of("(1)") != hash_of("(2)"));
	ck_assert(hash_of("1)") != hash_of("2)"));
}
END_TEST

static void
text_is(const char *label, size_t len, const char *want)
{
	struct buf b = {0};

	caption_text(&b, label, len);
	buf_char(&b, '\0');
	ck_assert_str_eq(b.p, want);
	buf_free(&b);
}

START_TEST(text)
{
	text_is("f (a.py:1)", 10, "f (a.py:1)");
	text_is("a\0b\n\x1b\x7f", 6, "a\\x00b\\x0a\\x1b\\x7f");
	text_is("\xff\xc3", 2, "\\xff\\xc3");
	text_is("\xc3\xa9\xc2\x9b", 4, "\xc3\xa9\\u009b");
	text_is("\xe2\x80\xae\xe2\x81\xa6\xef\xbf\xbe", 9, "\\u202e\\u2066\\ufffe");
	text_is("", 0, "");
}
END_TEST

START_TEST(xml)
{
	struct buf b = {0};

	caption_xml(&b, "<a b=\"c\" d='e'>]]>&amp;", 23);
	buf_char(&b, '\0');
	ck_assert_str_eq(b.p, "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;]]&gt;&amp;amp;");
	buf_free(&b);
}
END_TEST

static void
fits(const char *s, double room, size_t want)
{
	bool cut;
	size_t n = caption_fit(s, strlen(s), room, &cut);

	ck_assert_uint_eq(n, want);
	ck_assert_int_eq(cut, want < strlen(s));
	ck_assert(caption_width(s, n) + (cut ? 1 : 0) <= room || n == 0);
}

START_TEST(fit)
{
	fits("00000", 5 * .636, 5);
	fits("00000", 5 * .636 - .001, 3);
	fits("00000", 2 * .636 + 1, 2);
	fits("00000", 2 * .636 + .999, 0);
	fits("00000", 0, 0);
	fits("00000", -1, 0);
	fits("", 0, 0);
	fits("00 (0000000)", 2 * .636 + 1.9, 2);
	fits("\xc3\xa9\xc3\xa9\xc3\xa9", 3, 6);
	fits("\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", 3, 4);
}
END_TEST

static uint32_t
add(struct stacks *s, uint32_t parent, const char *label, uint64_t value)
{
	uint32_t node = stacks_child(s, parent, stacks_label(s, label, strlen(label)));

	stacks_add(s, node, value);
	return node;
}

static void
box_is(const struct boxes *b, size_t i, uint32_t node, uint32_t depth, uint64_t start,
       uint64_t total)
{
	ck_assert_uint_eq(b->box[i].node, node);
	ck_assert_uint_eq(b->box[i].depth, depth);
	ck_assert_uint_eq(b->box[i].start, start);
	ck_assert_uint_eq(b->box[i].total, total);
}

START_TEST(lay)
{
	struct stacks s;
	struct boxes b;
	uint32_t z, a, ay, ax;

	stacks_init(&s);
	z = add(&s, 0, "z", 4);
	a = add(&s, 0, "a", 1);
	ay = add(&s, a, "y", 2);
	ax = add(&s, a, "x", 3);
	add(&s, ax, "nothing", 0);
	ck_assert_int_eq(boxes_lay(&b, &s, 0), 0);
	ck_assert_uint_eq(b.n, 5);
	ck_assert_uint_eq(b.omitted, 0);
	ck_assert_uint_eq(b.depth, 2);
	box_is(&b, 0, 0, 0, 0, 10);
	box_is(&b, 1, a, 1, 0, 6);
	box_is(&b, 2, ax, 2, 0, 3);
	box_is(&b, 3, ay, 2, 3, 2);
	box_is(&b, 4, z, 1, 6, 4);
	boxes_free(&b);

	ck_assert_int_eq(boxes_lay(&b, &s, 0.25), 0);
	ck_assert_uint_eq(b.n, 4);
	ck_assert_uint_eq(b.omitted, 1);
	box_is(&b, 2, ax, 2, 0, 3);
	box_is(&b, 3, z, 1, 6, 4);
	boxes_free(&b);
	stacks_free(&s);
}
END_TEST

START_TEST(lay_nothing)
{
	struct stacks s;
	struct boxes b;

	stacks_init(&s);
	add(&s, 0, "a", 0);
	ck_assert_int_eq(boxes_lay(&b, &s, 0), -1);
	ck_assert_str_eq(err_why(), "no stacks: nothing to draw");
	boxes_free(&b);
	stacks_free(&s);
}
END_TEST

static char *
drawing(const struct stacks *s)
{
	const struct svg_opts o = SVG_DEFAULTS;
	char *out = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&out, &len);

	ck_assert_int_eq(svg_render(f, s, &o), 0);
	fclose(f);
	ck_assert_uint_eq(strlen(out), len);
	return out;
}

/* The order in which stacks were added leaves no trace. */
START_TEST(stable)
{
	struct stacks s, t;
	char *one, *two;

	stacks_init(&s);
	stacks_init(&t);
	add(&s, add(&s, 0, "a", 1), "b", UINT64_MAX / 2);
	add(&s, 0, "c", 3);
	add(&t, 0, "c", 3);
	add(&t, add(&t, 0, "a", 0), "b", UINT64_MAX / 2);
	add(&t, 0, "a", 1);
	one = drawing(&s);
	two = drawing(&t);
	ck_assert_str_eq(one, two);
	free(one);
	free(two);
	stacks_free(&s);
	stacks_free(&t);
}
END_TEST

START_TEST(full_disk)
{
	const struct svg_opts o = SVG_DEFAULTS;
	FILE *f = fopen("/dev/full", "w");
	struct stacks s;

	if (!f)
		return;
	setvbuf(f, NULL, _IONBF, 0);
	stacks_init(&s);
	add(&s, 0, "a", 1);
	ck_assert_int_eq(svg_render(f, &s, &o), -1);
	fclose(f);
	stacks_free(&s);
}
END_TEST

Suite *
unit_suite(void)
{
	Suite *s = suite_create("svg");
	TCase *c = tcase_create("svg");

	tcase_add_test(c, kinds);
	tcase_add_test(c, shades);
	tcase_add_test(c, text);
	tcase_add_test(c, xml);
	tcase_add_test(c, fit);
	tcase_add_test(c, lay);
	tcase_add_test(c, lay_nothing);
	tcase_add_test(c, stable);
	tcase_add_test(c, full_disk);
	suite_add_tcase(s, c);
	return s;
}
