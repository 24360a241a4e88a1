/* lib/base: err, mem, buf and its cursor, table, opt. */
#include "tests/unit/unit.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/opt.h"
#include "base/table.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* err */

START_TEST(err_text)
{
	ck_assert_int_eq(err_set("line %d: %s", 3, "no count"), -1);
	ck_assert_str_eq(err_why(), "line 3: no count");
	ck_assert_int_eq(err_at("%s", "a.folded"), -1);
	ck_assert_int_eq(err_at("reading"), -1);
	ck_assert_str_eq(err_why(), "reading: a.folded: line 3: no count");
}
END_TEST

START_TEST(err_errno)
{
	errno = ENOENT;
	ck_assert_int_eq(err_sys("open %s", "x"), -1);
	ck_assert_str_eq(err_why(), "open x: No such file or directory");
}
END_TEST

START_TEST(err_long)
{
	static char text[20000];
	int i;

	memset(text, 'x', sizeof text - 1);
	err_set("%s", text);
	ck_assert_uint_ge(strlen(err_why()), 5000);
	for (i = 0; i < 100; i++) {
		err_at("%s", "abcdefghij");
		errno = EPIPE;
	}
	ck_assert_int_eq(strncmp(err_why(), "abcdefghij: abcdefghij: ", 24), 0);
	err_sys("%s", text);
	ck_assert_uint_lt(strlen(err_why()), sizeof text - 1);
}
END_TEST

static void *
err_other_thread(void *seen)
{
	err_set("theirs");
	*(bool *)seen = !strcmp(err_why(), "theirs");
	return NULL;
}

START_TEST(err_per_thread)
{
	bool seen = false;
	pthread_t t;

	err_set("ours");
	ck_assert_int_eq(pthread_create(&t, NULL, err_other_thread, &seen), 0);
	pthread_join(t, NULL);
	ck_assert(seen);
	ck_assert_str_eq(err_why(), "ours");
}
END_TEST

/* mem */

START_TEST(mem_zeroed)
{
	unsigned char *p = mem_new(1000, 3);
	size_t i;

	for (i = 0; i < 3000; i++)
		ck_assert_uint_eq(p[i], 0);
	free(p);
	free(mem_new(0, 8));
}
END_TEST

START_TEST(mem_doubles)
{
	size_t cap = 0, moves = 0, i;
	int *p = NULL;

	for (i = 0; i < 10000; i++) {
		size_t before = cap;

		p = mem_room(p, i, &cap, sizeof *p);
		ck_assert_uint_lt(i, cap);
		moves += cap != before;
		p[i] = (int)i;
	}
	for (i = 0; i < 10000; i++)
		ck_assert_int_eq(p[i], (int)i);
	ck_assert_uint_le(moves, 11);
	free(p);
}
END_TEST

/* Both end the program with status 1: no wrapped product reaches malloc. */
START_TEST(mem_new_overflow)
{
	free(mem_new(SIZE_MAX / 2, 3));
}
END_TEST

START_TEST(mem_grow_overflow)
{
	free(mem_grow(NULL, SIZE_MAX / 2 + 1, 2));
}
END_TEST

START_TEST(arena_pieces)
{
	enum { N = 3000 };
	struct arena a = {0};
	unsigned char *p[N];
	size_t i, j, len;

	for (i = 0; i < N; i++) {
		len = i == 1000 ? 200000 : i % 97;
		p[i] = arena_get(&a, len);
		ck_assert_uint_eq((uintptr_t)p[i] % 8, 0);
		memset(p[i], (int)(i & 0xff), len);
	}
	for (i = 0; i < N; i++) {
		len = i == 1000 ? 200000 : i % 97;
		for (j = 0; j < len; j++)
			ck_assert_uint_eq(p[i][j], i & 0xff);
	}
	ck_assert_uint_ge(a.total, 200000);
	arena_free(&a);
	ck_assert_ptr_null(a.head);
	p[0] = arena_get(&a, 0);
	ck_assert_ptr_nonnull(a.head);
	p[0] = arena_get(&a, 1);
	ck_assert_ptr_eq(arena_get(&a, 8), p[0] + 8); /* small pieces share a block */
	ck_assert_str_eq(arena_str(&a, "abcdef", 3), "abc");
	arena_free(&a);
}
END_TEST

/* buf and cur */

START_TEST(buf_bytes)
{
	struct buf b = {0};
	struct cur c;

	buf_u16(&b, 0x1234);
	buf_u32(&b, 0x12345678);
	buf_u64(&b, UINT64_C(0x123456789abcdef0));
	buf_char(&b, 'x');
	buf_str(&b, "yz");
	buf_add(&b, "\0q", 2);
	buf_add(&b, NULL, 0);
	buf_zero(&b, 3);
	ck_assert_uint_eq(b.len, 2 + 4 + 8 + 1 + 2 + 2 + 3);

	c = (struct cur){.p = (unsigned char *)b.p, .end = (unsigned char *)b.p + b.len};
	ck_assert_uint_eq(cur_u16(&c), 0x1234);
	ck_assert_uint_eq(cur_u32(&c), 0x12345678);
	ck_assert_uint_eq(cur_u64(&c), UINT64_C(0x123456789abcdef0));
	ck_assert_mem_eq(cur_skip(&c, 5), "xyz\0q", 5);
	ck_assert_uint_eq(cur_u8(&c), 0);
	ck_assert_uint_eq(cur_u16(&c), 0);
	ck_assert(!c.bad && c.p == c.end);
	buf_free(&b);
	ck_assert_ptr_null(b.p);
	ck_assert_uint_eq(b.len + b.cap, 0);
}
END_TEST

START_TEST(buf_grows)
{
	struct buf b = {0};
	size_t i;

	for (i = 0; i < 100000; i++)
		buf_u32(&b, (uint32_t)i);
	ck_assert_uint_eq(b.len, 400000);
	for (i = 0; i < 100000; i++) {
		uint32_t v;

		memcpy(&v, b.p + 4 * i, sizeof v);
		ck_assert_uint_eq(v, i);
	}
	buf_free(&b);
}
END_TEST

START_TEST(buf_text)
{
	struct buf b = {0};
	int i;

	for (i = 0; i < 50; i++)
		buf_printf(&b, "%d,%s;", i % 10, "abc");
	ck_assert_uint_eq(b.len, 50 * 6);
	ck_assert_mem_eq(b.p + 49 * 6, "9,abc;", 6);
	buf_printf(&b, "%s", "");
	ck_assert_uint_eq(b.len, 50 * 6);
	buf_free(&b);
}
END_TEST

/* Every read of 8 bytes cut at each length: zero, bad, and bad for good. */
START_TEST(cur_short)
{
	static const unsigned char bytes[8] = {1, 2, 3, 4, 5, 6, 7, 8};
	struct cur c = {.p = bytes, .end = bytes + _i};

	ck_assert_uint_eq(cur_u64(&c), 0);
	ck_assert(c.bad);
	ck_assert_uint_eq(cur_u8(&c), 0);
	ck_assert_uint_eq(cur_u16(&c), 0);
	ck_assert_uint_eq(cur_u32(&c), 0);
	ck_assert_ptr_null(cur_skip(&c, 0));
	ck_assert_ptr_null(cur_str(&c, NULL));
	ck_assert_ptr_eq(c.p, bytes);
}
END_TEST

START_TEST(cur_swapped)
{
	static const unsigned char bytes[14] = {1, 2, 1, 2, 3, 4, 1, 2, 3, 4, 5, 6, 7, 8};
	struct cur big = {.p = bytes, .end = bytes + 14, .swap = __BYTE_ORDER__ == 1234};

	ck_assert_uint_eq(cur_u16(&big), 0x0102);
	ck_assert_uint_eq(cur_u32(&big), 0x01020304);
	ck_assert_uint_eq(cur_u64(&big), UINT64_C(0x0102030405060708));
	ck_assert(!big.bad);
}
END_TEST

START_TEST(cur_huge)
{
	static const unsigned char bytes[4] = {1, 2, 3, 4};
	struct cur c = {.p = bytes, .end = bytes + 4};

	ck_assert_ptr_null(cur_skip(&c, SIZE_MAX));
	ck_assert(c.bad);
}
END_TEST

START_TEST(cur_strings)
{
	static const unsigned char bytes[] = {'a', 'b', 0, 0, 'c', 'd'};
	struct cur c = {.p = bytes, .end = bytes + sizeof bytes};
	size_t len = 99;

	ck_assert_str_eq(cur_str(&c, &len), "ab");
	ck_assert_uint_eq(len, 2);
	ck_assert_str_eq(cur_str(&c, &len), "");
	ck_assert_uint_eq(len, 0);
	ck_assert_ptr_null(cur_str(&c, NULL)); /* no NUL before the end */
	ck_assert(c.bad);
}
END_TEST

START_TEST(write_whole)
{
	char *big = mem_new(300000, 1), got[4096];
	size_t i, sum = 0;
	ssize_t n;
	int fd[2];

	for (i = 0; i < 300000; i++)
		big[i] = (char)(i % 251);
	ck_assert_int_eq(pipe(fd), 0);
	if (fork() == 0) {
		close(fd[0]);
		_exit(write_all(fd[1], big, 300000) == 0 ? 0 : 1);
	}
	close(fd[1]);
	while ((n = read(fd[0], got, sizeof got)) > 0) {
		ck_assert_mem_eq(got, big + sum, (size_t)n);
		sum += (size_t)n;
	}
	ck_assert_uint_eq(sum, 300000);
	free(big);
}
END_TEST

START_TEST(write_refused)
{
	int fd = open("/dev/full", O_WRONLY);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write_all(fd, "", 0), 0);
	errno = 0;
	ck_assert_int_eq(write_all(fd, "x", 1), -1);
	ck_assert_int_eq(errno, ENOSPC);
	close(fd);
	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(write_all(fd, "x", 1), -1);
	ck_assert_int_eq(errno, EBADF);
}
END_TEST

/* table */

START_TEST(hash_known)
{
	/* FNV-1a's published vectors. */
	ck_assert(hash_bytes(HASH_START, "", 0) == UINT64_C(0xcbf29ce484222325));
	ck_assert(hash_bytes(HASH_START, "a", 1) == UINT64_C(0xaf63dc4c8601ec8c));
	ck_assert(hash_bytes(HASH_START, "foobar", 6) == UINT64_C(0x85944171f73967e8));
	ck_assert(hash_bytes(hash_bytes(HASH_START, "foo", 3), "bar", 3) ==
	          UINT64_C(0x85944171f73967e8));
	ck_assert(hash_mix(0) == 0 && hash_mix(1) == UINT64_C(0xb456bcfc34c2cb2c));
}
END_TEST

/* Keys as the code has them: multiples of 2^20, of 2^32, 0 and all ones. */
static uint64_t
awkward_key(size_t i)
{
	static const uint64_t edge[] = {0, UINT64_MAX, UINT64_C(1) << 63};

	return i < 3 ? edge[i] : (uint64_t)i << (i % 3 * 16 + 4) | i % 5;
}

START_TEST(map_many)
{
	enum { N = 50000 };
	struct map m = {0};
	bool fresh;
	size_t i;

	ck_assert_ptr_null(map_find(&m, 0));
	for (i = 0; i < N; i++) {
		uint32_t *v = map_put(&m, awkward_key(i), &fresh);

		if (fresh)
			ck_assert_uint_eq(*v, 0);
		*v = (uint32_t)i + 1;
	}
	ck_assert_uint_le(m.n * 4, m.cap * 3 + 4);
	for (i = 0; i < N; i++) {
		uint32_t *v = map_find(&m, awkward_key(i));

		ck_assert_ptr_nonnull(v);
		ck_assert(awkward_key(*v - 1) == awkward_key(i));
		ck_assert_ptr_eq(map_put(&m, awkward_key(i), &fresh), v);
		ck_assert(!fresh);
	}
	ck_assert_ptr_null(map_find(&m, UINT64_C(0xdeadbeefdeadbeef)));
	map_clear(&m);
	ck_assert_uint_eq(m.n, 0);
	ck_assert_ptr_null(map_find(&m, 0));
	ck_assert_uint_eq(*map_put(&m, 0, &fresh), 0);
	ck_assert(fresh);
	ck_assert_ptr_null(map_find(&m, UINT64_MAX));
	map_free(&m);
	ck_assert_ptr_null(map_find(&m, 0));
}
END_TEST

START_TEST(strings_interned)
{
	enum { N = 20000 };
	struct strings t = {0};
	const char *first;
	char text[32];
	size_t i, len;

	ck_assert_uint_eq(strings_id(&t, "", 0), 0);
	ck_assert_uint_eq(strings_id(&t, "a\0b", 3), 1);
	ck_assert_uint_eq(strings_id(&t, "a\0c", 3), 2);
	ck_assert_uint_eq(strings_id(&t, "a", 1), 3);
	first = t.str[1].p;
	for (i = 0; i < N; i++) {
		len = (size_t)snprintf(text, sizeof text, "name_%zu", i);
		ck_assert_uint_eq(strings_id(&t, text, len), i + 4);
	}
	for (i = 0; i < N; i++) {
		len = (size_t)snprintf(text, sizeof text, "name_%zu", i);
		ck_assert_uint_eq(strings_id(&t, text, len), i + 4);
		ck_assert_str_eq(t.str[i + 4].p, text);
		ck_assert_uint_eq(t.str[i + 4].len, len);
	}
	ck_assert_uint_eq(t.n, N + 4);
	ck_assert_uint_eq(strings_id(&t, "a\0b", 3), 1);
	ck_assert_ptr_eq(t.str[1].p, first);
	strings_free(&t);
	ck_assert_uint_eq(strings_id(&t, "x", 1), 0);
	strings_free(&t);
}
END_TEST

/* opt */

static struct {
	bool flag, other;
	const char *text, *level;
	int count;
	double rate;
	int level_calls;
} got;

static int
set_level(const struct opt *o, const char *arg)
{
	(void)o;
	got.level = arg;
	got.level_calls++;
	return 0;
}

static const struct opt rows[] = {
    {'f', "flag", NULL, "a flag", opt_flag, &got.flag, 0, 0},
    {'g', NULL, NULL, "no long name", opt_flag, &got.other, 0, 0},
    {'o', "output", "FILE", "a string", opt_string, &got.text, 0, 0},
    {'n', "count", "N", "within bounds", opt_int, &got.count, 1, 100},
    {'r', "rate", "HZ", "within bounds", opt_double, &got.rate, 0.5, 1e6},
    {0, "any", "X", "no letter, no bounds", opt_double, &got.rate, 0, 0},
    {0, "whole", "X", "no bounds", opt_int, &got.count, 0, 0},
    {0, "from-zero", "X", "one bound is 0", opt_int, &got.count, 0, 9},
    {0, "to-zero", "X", "one bound is 0", opt_double, &got.rate, -9, 0},
    {'z', "zip", "[LEVEL]", "optional", set_level, NULL, 0, 0},
    {'t', "top", NULL, "belongs elsewhere", opt_elsewhere, "is pytop's", 0, 0},
    {0},
};
static struct program prog = {"prog", "[FILE...]", "Does nothing", rows, false};

/* Parses a command line of blank-separated words; argv keeps what it was turned into. */
static char *argv[20];
static int
parse(const char *line)
{
	static char words[200];
	int argc = 1;
	char *w;

	memset(&got, 0, sizeof got);
	memset(argv, 0, sizeof argv);
	snprintf(words, sizeof words, "%s", line);
	argv[0] = (char *)"prog";
	for (w = strtok(words, " "); w; w = strtok(NULL, " "))
		argv[argc++] = w;
	return opt_parse(&prog, argc, argv);
}

START_TEST(opt_values)
{
	ck_assert_int_eq(parse("-fg -o out -n7 --rate=2.5 a b"), 7 - 1);
	ck_assert(got.flag && got.other);
	ck_assert_str_eq(got.text, "out");
	ck_assert_int_eq(got.count, 7);
	ck_assert_double_eq(got.rate, 2.5);
	ck_assert_str_eq(argv[6], "a");
	ck_assert_int_eq(parse("--flag --output x --count 1"), 6);
	ck_assert(got.flag && !got.other && got.count == 1);
	ck_assert_int_eq(parse("--any -3e3 --whole -5"), 5);
	ck_assert_double_eq(got.rate, -3000);
	ck_assert_int_eq(got.count, -5);
	ck_assert_int_eq(parse("--from-zero 0 --to-zero -9"), 5);
	ck_assert_double_eq(got.rate, -9);
	ck_assert_int_eq(parse("--from-zero 9 --to-zero 0"), 5);
	ck_assert_int_eq(parse(""), 1);
}
END_TEST

START_TEST(opt_order)
{
	/* Operands and options mix: operands are moved to the end, in order. */
	prog.stop = false;
	ck_assert_int_eq(parse("a -f b -n 3 -- -g"), 5);
	ck_assert(got.flag && !got.other && got.count == 3);
	ck_assert_str_eq(argv[5], "a");
	ck_assert_str_eq(argv[6], "b");
	ck_assert_str_eq(argv[7], "-g");
	ck_assert_int_eq(parse("-f -"), 2);
}
END_TEST

START_TEST(opt_stop)
{
	prog.stop = true;
	ck_assert_int_eq(parse("-n 3 python3 -f -h --no-such"), 3);
	ck_assert(!got.flag && got.count == 3);
	ck_assert_int_eq(parse("-f -- -g"), 3);
	ck_assert(got.flag && !got.other);
	ck_assert_int_eq(parse("-o"), OPT_BAD);
	ck_assert_str_eq(err_why(), "-o: needs an argument");
	prog.stop = false;
}
END_TEST

START_TEST(opt_optional)
{
	ck_assert_int_eq(parse("-z 5"), 2);
	ck_assert(got.level_calls == 1 && !got.level);
	ck_assert_int_eq(parse("-z5"), 2);
	ck_assert_str_eq(got.level, "5");
	ck_assert_int_eq(parse("--zip=9"), 2);
	ck_assert_str_eq(got.level, "9");
	ck_assert_int_eq(parse("--zip"), 2);
	ck_assert(got.level_calls == 1 && !got.level);
}
END_TEST

START_TEST(opt_asks)
{
	ck_assert_int_eq(parse("-h"), OPT_HELP);
	ck_assert_int_eq(parse("-f --help -V"), OPT_HELP);
	ck_assert_int_eq(parse("-fV"), OPT_VERSION);
	ck_assert_int_eq(parse("--version"), OPT_VERSION);
}
END_TEST

static const struct {
	const char *line, *why;
} refused[] = {
    {"-x", "-x: no such option"},
    {"-fx", "-x: no such option"},
    {"-o", "-o: needs an argument"},
    {"--no-such", "--no-such: no such option, or its argument is wrong"},
    {"--flag=1", "--flag=1: no such option, or its argument is wrong"},
    {"--output", "--output: needs an argument"},
    {"-n 0", "-n: 0 is out of range: 1 to 100"},
    {"-n 101", "-n: 101 is out of range: 1 to 100"},
    {"--from-zero -1", "--from-zero: -1 is out of range: 0 to 9"},
    {"--from-zero 10", "--from-zero: 10 is out of range: 0 to 9"},
    {"--to-zero 0.1", "--to-zero: 0.1 is out of range: -9 to 0"},
    {"-n 5x", "-n: '5x' is not a whole number"},
    {"-n 1.5", "-n: '1.5' is not a whole number"},
    {"-n 99999999999999999999", "-n: 99999999999999999999 is out of range: 1 to 100"},
    {"-r 0.4", "-r: 0.4 is out of range: 0.5 to 1e+06"},
    {"-r nan", "-r: 'nan' is not a number"},
    {"-r inf", "-r: 'inf' is not a number"},
    {"--rate=", "-r: '' is not a number"},
    {"--any=x", "--any: 'x' is not a number"},
    {"-t", "-t: is pytop's"},
};

START_TEST(opt_refused)
{
	ck_assert_int_eq(parse(refused[_i].line), OPT_BAD);
	ck_assert_str_eq(err_why(), refused[_i].why);
}
END_TEST

/* The int it can hold ends where int ends, bounds or not. */
START_TEST(opt_int_limits)
{
	ck_assert_int_eq(parse("--whole 2147483647"), 3);
	ck_assert_int_eq(got.count, INT32_MAX);
	ck_assert_int_eq(parse("--whole -2147483648"), 3);
	ck_assert_int_eq(got.count, INT32_MIN);
	ck_assert_int_eq(parse("--whole 2147483648"), OPT_BAD);
	ck_assert_int_eq(parse("--whole -2147483649"), OPT_BAD);
}
END_TEST

START_TEST(opt_usage_text)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	opt_usage(f, &prog);
	fclose(f);
	ck_assert_int_eq(strncmp(text, "usage: prog [OPTION...] [FILE...]\nDoes nothing.\n\n", 49),
	                 0);
	ck_assert_ptr_nonnull(strstr(text, "\n  -f, --flag                 a flag\n"));
	ck_assert_ptr_nonnull(strstr(text, "\n  -g                         no long name\n"));
	ck_assert_ptr_nonnull(strstr(text, "\n  -o, --output FILE          a string\n"));
	ck_assert_ptr_nonnull(strstr(text, "\n      --any X                no letter"));
	ck_assert_ptr_nonnull(strstr(text, "\n  -z, --zip[LEVEL]           optional\n"));
	ck_assert_ptr_nonnull(strstr(text, "\n  -h, --help                 print this"));
	free(text);
}
END_TEST

static TCase *
tcase(Suite *s, const char *name)
{
	TCase *t = tcase_create(name);

	suite_add_tcase(s, t);
	return t;
}

Suite *
unit_suite(void)
{
	Suite *s = suite_create("base");
	TCase *t;

	t = tcase(s, "err");
	tcase_add_test(t, err_text);
	tcase_add_test(t, err_errno);
	tcase_add_test(t, err_long);
	tcase_add_test(t, err_per_thread);

	t = tcase(s, "mem");
	tcase_add_test(t, mem_zeroed);
	tcase_add_test(t, mem_doubles);
	tcase_add_exit_test(t, mem_new_overflow, 1);
	tcase_add_exit_test(t, mem_grow_overflow, 1);
	tcase_add_test(t, arena_pieces);

	t = tcase(s, "buf");
	tcase_add_test(t, buf_bytes);
	tcase_add_test(t, buf_grows);
	tcase_add_test(t, buf_text);
	tcase_add_loop_test(t, cur_short, 0, 8);
	tcase_add_test(t, cur_swapped);
	tcase_add_test(t, cur_huge);
	tcase_add_test(t, cur_strings);
	tcase_add_test(t, write_whole);
	tcase_add_test(t, write_refused);

	t = tcase(s, "table");
	tcase_add_test(t, hash_known);
	tcase_add_test(t, map_many);
	tcase_add_test(t, strings_interned);

	t = tcase(s, "opt");
	tcase_add_test(t, opt_values);
	tcase_add_test(t, opt_order);
	tcase_add_test(t, opt_stop);
	tcase_add_test(t, opt_optional);
	tcase_add_test(t, opt_asks);
	tcase_add_loop_test(t, opt_refused, 0, (int)(sizeof refused / sizeof *refused));
	tcase_add_test(t, opt_int_limits);
	tcase_add_test(t, opt_usage_text);
	return s;
}
