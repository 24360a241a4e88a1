/* remote.c: the working set, over memory that is made up and over our own. */
#include "target/remote.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Made-up memory: BASE to BASE + BYTES, with a hole; a byte tells its address. */
enum { BYTES = 1 << 20, HOLE = 500000, HOLE_END = 504096, LOG = 8192 };
#define BASE UINT64_C(0x700000000000)

static struct {
	uint64_t addr[LOG];
	size_t len[LOG], n, calls;
} asked;

static unsigned char
byte_at(uint64_t addr)
{
	return (unsigned char)(addr * 31 + (addr >> 8) * 7 + (addr >> 16));
}

static bool
readable(uint64_t addr, size_t len)
{
	uint64_t end = addr + len;

	return addr >= BASE && end >= addr && end <= BASE + BYTES &&
	       (end <= BASE + HOLE || addr >= BASE + HOLE_END);
}

/* As the kernel does it: at most IOV_MAX ranges; whole ranges up to one that cannot be read. */
static ssize_t
fake_readv(struct remote *r, const struct iovec *local, const struct iovec *far, size_t n)
{
	ssize_t done = 0;
	size_t i, k;

	(void)r;
	ck_assert_uint_le(n, 1024);
	asked.calls++;
	for (i = 0; i < n; i++) {
		uint64_t addr = (uint64_t)(uintptr_t)far[i].iov_base;

		ck_assert_uint_eq(local[i].iov_len, far[i].iov_len);
		if (asked.n < LOG) {
			asked.addr[asked.n] = addr;
			asked.len[asked.n++] = far[i].iov_len;
		}
		if (!readable(addr, far[i].iov_len))
			break;
		for (k = 0; k < far[i].iov_len; k++)
			((unsigned char *)local[i].iov_base)[k] = byte_at(addr + k);
		done += (ssize_t)far[i].iov_len;
	}
	if (done || i == n)
		return done;
	errno = EFAULT;
	return -1;
}

static struct remote fake = {.readv = fake_readv};

static void
forget_asked(void)
{
	memset(&asked, 0, sizeof asked);
}

static void
check_bytes(const void *p, uint64_t addr, size_t len)
{
	const unsigned char *b = p;
	size_t i;

	ck_assert_ptr_nonnull(p);
	for (i = 0; i < len; i++)
		ck_assert_uint_eq(b[i], byte_at(addr + i));
}

START_TEST(what_is_wanted_is_there_after_one_call)
{
	static const uint64_t at[] = {BASE + 5000, BASE, BASE + 90000, BASE + BYTES - 8};
	struct snap s = {0};
	size_t i;

	forget_asked();
	snap_begin(&s);
	for (i = 0; i < 4; i++)
		ck_assert_ptr_null(snap_at(&s, at[i], 8));
	ck_assert(s.missing);
	ck_assert_int_eq(snap_take(&s, &fake), 0);
	ck_assert(!s.missing && !s.split);
	ck_assert_uint_eq(asked.calls, 1);
	for (i = 0; i < 4; i++) {
		check_bytes(snap_at(&s, at[i], 8), at[i], 8);
		ck_assert_uint_eq(asked.addr[i], at[i]); /* in order of asking */
	}
	ck_assert(!s.missing);
	ck_assert_ptr_null(snap_at(&s, at[0], 9));
	ck_assert(s.missing);
	snap_free(&s);
}
END_TEST

START_TEST(neighbours_become_one)
{
	struct snap s = {0};

	forget_asked();
	snap_begin(&s);
	snap_at(&s, BASE + 10000, 100);
	snap_at(&s, BASE + 300000, 8);
	snap_at(&s, BASE + 10300, 100); /* behind */
	snap_at(&s, BASE + 9900, 50);   /* before */
	snap_at(&s, BASE + 10000, 20);  /* inside */
	ck_assert_int_eq(snap_take(&s, &fake), 0);
	ck_assert_uint_eq(asked.n, 2);
	ck_assert_uint_eq(asked.addr[0], BASE + 9900);
	ck_assert_uint_eq(asked.len[0], 500);
	check_bytes(snap_at(&s, BASE + 9900, 500), BASE + 9900, 500);
	snap_free(&s);
}
END_TEST

/* A range that grows after it was copied is not in the copy, nor is what stands behind it there. */
START_TEST(a_range_that_grows_is_read_again)
{
	struct snap s = {0};

	snap_begin(&s);
	snap_at(&s, BASE, 8);
	snap_at(&s, BASE + 50000, 8);
	ck_assert_int_eq(snap_take(&s, &fake), 0);
	snap_at(&s, BASE + 16, 8);
	ck_assert(s.missing);
	ck_assert_ptr_null(snap_peek(&s, BASE + 16, 8));
	ck_assert_int_eq(snap_take(&s, &fake), 0);
	check_bytes(snap_at(&s, BASE, 24), BASE, 24);
	check_bytes(snap_at(&s, BASE + 50000, 8), BASE + 50000, 8);
	snap_free(&s);
}
END_TEST

START_TEST(echoes_come_last)
{
	struct snap s = {0};
	const void *once, *again;

	forget_asked();
	snap_begin(&s);
	snap_at(&s, BASE, 64);
	snap_echo(&s, BASE + 8, 8);
	snap_at(&s, BASE + 70000, 8);
	ck_assert_int_eq(snap_take(&s, &fake), 0);
	ck_assert_uint_eq(asked.calls, 1);
	ck_assert_uint_eq(asked.addr[2], BASE + 8);
	once = snap_at(&s, BASE + 8, 8);
	again = snap_echo(&s, BASE + 8, 8);
	check_bytes(once, BASE + 8, 8);
	check_bytes(again, BASE + 8, 8);
	ck_assert_ptr_ne(once, again);
	ck_assert(!s.missing);
	/* The next walk wants its own. */
	snap_begin(&s);
	ck_assert_int_eq(snap_take(&s, &fake), 0);
	ck_assert_ptr_null(snap_echo(&s, BASE + 8, 8));
	snap_free(&s);
}
END_TEST

START_TEST(what_cannot_be_read_is_forgotten)
{
	struct snap s = {0};

	snap_begin(&s);
	snap_at(&s, BASE, 8);
	snap_at(&s, BASE + HOLE + 5, 8);
	snap_at(&s, 0, 8);
	snap_at(&s, BASE + 100000, 8);
	snap_echo(&s, 8, 8);
	snap_echo(&s, BASE, 8);
	ck_assert_int_eq(snap_take(&s, &fake), 0);
	ck_assert(s.split);
	check_bytes(snap_at(&s, BASE, 8), BASE, 8);
	check_bytes(snap_at(&s, BASE + 100000, 8), BASE + 100000, 8);
	check_bytes(snap_echo(&s, BASE, 8), BASE, 8);
	ck_assert(!s.missing);
	ck_assert_uint_eq(s.main.n, 2);
	ck_assert_uint_eq(s.echo.n, 1);
	ck_assert_int_eq(snap_take(&s, &fake), 0);
	ck_assert(!s.split);
	snap_free(&s);
}
END_TEST

/* The first range is the thread state: without it there is no thread. */
START_TEST(without_the_first_there_is_nothing)
{
	struct snap s = {0};

	snap_begin(&s);
	snap_at(&s, BASE + HOLE + 8, 8);
	snap_at(&s, BASE, 8);
	ck_assert_int_eq(snap_take(&s, &fake), -1);
	ck_assert_int_eq(errno, EFAULT);
	ck_assert_ptr_null(snap_peek(&s, BASE, 8));
	snap_free(&s);
}
END_TEST

START_TEST(places_are_remembered_for_some_walks)
{
	struct snap s = {0};
	int i;

	snap_begin(&s);
	snap_at(&s, BASE, 8);
	snap_at(&s, BASE + 100000, 8);
	for (i = 0; i < SNAP_KEEP; i++) {
		ck_assert_int_eq(snap_take(&s, &fake), 0);
		check_bytes(snap_at(&s, BASE, 8), BASE, 8);
		ck_assert_uint_eq(s.main.n, 2);
		snap_begin(&s);
	}
	ck_assert_int_eq(snap_take(&s, &fake), 0);
	snap_at(&s, BASE, 8);
	snap_begin(&s);
	ck_assert_uint_eq(s.main.n, 1);
	ck_assert_int_eq(snap_take(&s, &fake), 0);
	check_bytes(snap_at(&s, BASE, 8), BASE, 8);
	snap_free(&s);
}
END_TEST

/* More ranges than one call takes; and never more than SNAP_MAX_RANGES, or SNAP_MAX_BYTES. */
START_TEST(there_are_limits)
{
	struct snap s = {0};
	uint64_t i;

	snap_begin(&s);
	for (i = 0; i < SNAP_MAX_RANGES + 100; i++)
		snap_want(&s, BASE + (i % 200) * 2500 + (i / 200) * 4096 * 1000, 8);
	ck_assert_uint_le(s.main.n, SNAP_MAX_RANGES);
	ck_assert_int_eq(snap_take(&s, &fake), 0);
	snap_free(&s);

	forget_asked();
	snap_begin(&s);
	snap_want(&s, BASE, 8);
	for (i = 1; i < 3000; i++)
		snap_want(&s, i << 32, 1 << 20);
	snap_take(&s, &fake);
	ck_assert_uint_le(s.copy_cap, 2 * SNAP_MAX_BYTES);
	check_bytes(snap_at(&s, BASE, 8), BASE, 8);

	snap_want(&s, BASE, SNAP_MAX_BYTES + 1);
	snap_want(&s, UINT64_MAX - 4, 8);
	snap_want(&s, BASE, 0);
	ck_assert_ptr_null(snap_at(&s, UINT64_MAX - 4, 8));
	ck_assert_ptr_null(snap_at(&s, UINT64_MAX, 1));
	ck_assert_int_eq(snap_take(&s, &fake), 0);
	snap_free(&s);
}
END_TEST

/* Whatever is asked for in whatever order: what is given is what is there. */
START_TEST(any_order_gives_the_truth)
{
	struct snap s = {0};
	uint64_t addr;
	const void *p;
	size_t len;
	int i, k;

	srand((unsigned)_i);
	for (i = 0; i < 15; i++) {
		snap_begin(&s);
		snap_want(&s, BASE, 16);
		for (k = 0; k < 200; k++) {
			addr = BASE + (uint64_t)rand() % (BYTES + 5000);
			len = (size_t)rand() % (rand() % 4 ? 64 : 3000) + 1;
			p = rand() % 8 ? snap_at(&s, addr, len) : snap_echo(&s, addr, len);
			if (p)
				check_bytes(p, addr, len);
			if (rand() % 16 == 0)
				ck_assert_int_eq(snap_take(&s, &fake), 0);
		}
	}
	snap_free(&s);
}
END_TEST

START_TEST(our_own_memory)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *p = mmap(NULL, 3 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char word[16] = {0};
	struct remote own;
	struct snap s = {0};

	ck_assert_ptr_ne(p, MAP_FAILED);
	ck_assert_int_eq(munmap(p + page, page), 0);
	strcpy(p + page - 8, "before");
	strcpy(p + 2 * page, "after");
	remote_live(&own, getpid());
	ck_assert_int_eq(remote_read(&own, (uintptr_t)p + 2 * page, word, 6), 0);
	ck_assert_str_eq(word, "after");
	ck_assert_int_eq(remote_read(&own, (uintptr_t)p + page - 8, word, 16),
	                 -1); /* into a hole */
	ck_assert_int_eq(errno, EFAULT);
	ck_assert_int_eq(remote_read(&own, (uintptr_t)p + page, word, 1), -1);
	ck_assert_int_eq(errno, EFAULT);

	snap_begin(&s);
	snap_at(&s, (uintptr_t)p + page - 8, 8);
	snap_at(&s, (uintptr_t)p + page + 3000, 8);
	snap_at(&s, (uintptr_t)p + 2 * page + 2000, 8);
	snap_at(&s, (uintptr_t)p + 2 * page, 8);
	ck_assert_int_eq(snap_take(&s, &own), 0);
	ck_assert_str_eq(snap_at(&s, (uintptr_t)p + page - 8, 8), "before");
	munmap(p, 3 * page);
	ck_assert_int_eq(snap_take(&s, &own), -1);
	snap_free(&s);

	remote_live(&own, 0x3fffff);
	ck_assert_int_eq(remote_read(&own, (uintptr_t)word, word, 1), -1);
	ck_assert_int_eq(errno, ESRCH);
}
END_TEST

Suite *
unit_suite(void)
{
	Suite *s = suite_create("remote");
	TCase *t = tcase_create("remote");

	tcase_set_timeout(t, 30);
	tcase_add_test(t, what_is_wanted_is_there_after_one_call);
	tcase_add_test(t, neighbours_become_one);
	tcase_add_test(t, a_range_that_grows_is_read_again);
	tcase_add_test(t, echoes_come_last);
	tcase_add_test(t, what_cannot_be_read_is_forgotten);
	tcase_add_test(t, without_the_first_there_is_nothing);
	tcase_add_test(t, places_are_remembered_for_some_walks);
	tcase_add_test(t, there_are_limits);
	tcase_add_loop_test(t, any_order_gives_the_truth, 0, 4);
	tcase_add_test(t, our_own_memory);
	suite_add_tcase(s, t);
	return s;
}
