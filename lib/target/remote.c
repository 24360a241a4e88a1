#include "target/remote.h"
#include "base/mem.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Ranges closer than this are read as one. */
enum { MERGE_GAP = 1024 };

static ssize_t
live_readv(struct remote *r, const struct iovec *local, const struct iovec *far, size_t n)
{
	return process_vm_readv(r->pid, local, n, far, n, 0);
}

void
remote_live(struct remote *r, pid_t pid)
{
	*r = (struct remote){.pid = pid, .readv = live_readv};
}

int
remote_read(struct remote *r, uint64_t addr, void *to, size_t n)
{
	struct iovec local = {to, n}, far = {(void *)(uintptr_t)addr, n};
	ssize_t k = r->readv(r, &local, &far, 1);

	if (k == (ssize_t)n)
		return 0;
	if (k >= 0)
		errno = EFAULT;
	return -1;
}

static void
forget_old(struct snap_set *set, uint32_t serial, uint32_t keep_for)
{
	size_t i, keep = 0;

	for (i = 0; i < set->n; i++) {
		if (serial - set->range[i].used <= keep_for)
			set->range[keep++] = set->range[i];
	}
	set->n = keep;
	set->ready = 0;
}

void
snap_begin(struct snap *s)
{
	s->serial++;
	s->missing = false;
	forget_old(&s->main, s->serial, SNAP_KEEP);
	forget_old(&s->echo, s->serial, 0);
}

void
snap_free(struct snap *s)
{
	free(s->main.range);
	free(s->echo.range);
	free(s->copy);
	memset(s, 0, sizeof *s);
}

static bool
covers(const struct snap_range *r, uint64_t addr, uint64_t end)
{
	return end >= addr && addr >= r->addr && end <= r->addr + r->len;
}

/* Extends an old range over a new one that is near it. */
static bool
merge(struct snap_range *r, uint64_t addr, uint64_t end)
{
	uint64_t r_end = r->addr + r->len, lo, hi;

	if (addr > r_end + MERGE_GAP || end + MERGE_GAP < r->addr)
		return false;
	lo = addr < r->addr ? addr : r->addr;
	hi = end > r_end ? end : r_end;
	if (hi - lo > SNAP_MAX_BYTES)
		return false;
	r->addr = lo;
	r->len = (uint32_t)(hi - lo);
	return true;
}

static void
want(struct snap_set *set, uint32_t serial, uint64_t addr, size_t len)
{
	uint64_t end;
	size_t i;

	if (len == 0 || len > SNAP_MAX_BYTES || __builtin_add_overflow(addr, len, &end))
		return;
	for (i = set->n; i-- > 0;) {
		bool known = covers(&set->range[i], addr, end);

		if (!known && !merge(&set->range[i], addr, end))
			continue;
		set->range[i].used = serial;
		if (!known && i < set->ready) /* the copy of it and all behind it is void */
			set->ready = i;
		return;
	}
	if (set->n == SNAP_MAX_RANGES)
		return;
	set->range = mem_room(set->range, set->n, &set->cap, sizeof *set->range);
	set->range[set->n++] =
	    (struct snap_range){.addr = addr, .len = (uint32_t)len, .used = serial};
}

void
snap_want(struct snap *s, uint64_t addr, size_t len)
{
	want(&s->main, s->serial, addr, len);
}

static const void *
peek(struct snap *s, struct snap_set *set, uint64_t addr, size_t len)
{
	struct snap_range *r;
	size_t i;

	for (i = 0; i < set->ready; i++) {
		r = &set->range[i];
		if (covers(r, addr, addr + len)) {
			r->used = s->serial;
			return s->copy + r->off + (addr - r->addr);
		}
	}
	return NULL;
}

const void *
snap_peek(struct snap *s, uint64_t addr, size_t len)
{
	return peek(s, &s->main, addr, len);
}

static const void *
find(struct snap *s, struct snap_set *set, uint64_t addr, size_t len)
{
	const void *p = peek(s, set, addr, len);

	if (p)
		return p;
	s->missing = true;
	want(set, s->serial, addr, len);
	return NULL;
}

const void *
snap_at(struct snap *s, uint64_t addr, size_t len)
{
	return find(s, &s->main, addr, len);
}

const void *
snap_echo(struct snap *s, uint64_t addr, size_t len)
{
	return find(s, &s->echo, addr, len);
}

/* Gives every range of the set its place in the copy, from byte `total` on; the new total. */
static size_t
lay_out(struct snap_set *set, size_t total)
{
	size_t i;

	for (i = 0; i < set->n && total + set->range[i].len <= SNAP_MAX_BYTES; i++) {
		set->range[i].off = (uint32_t)total;
		total += (set->range[i].len + 7) & ~(size_t)7;
	}
	set->n = i;
	set->ready = 0;
	return total;
}

/* The ranges of both sets as one sequence, main first. */
static struct snap_range *
nth(struct snap *s, size_t i)
{
	return i < s->main.n ? &s->main.range[i] : &s->echo.range[i - s->main.n];
}

/* Reads ranges from `first` on; how many came whole. */
static size_t
read_from(struct snap *s, struct remote *r, size_t first)
{
	struct iovec local[IOV_MAX], far[IOV_MAX];
	size_t i, n = s->main.n + s->echo.n - first;
	ssize_t k;

	if (n == 0)
		return 0;
	if (n > IOV_MAX)
		n = IOV_MAX;
	for (i = 0; i < n; i++) {
		const struct snap_range *w = nth(s, first + i);

		local[i] = (struct iovec){s->copy + w->off, w->len};
		far[i] = (struct iovec){(void *)(uintptr_t)w->addr, w->len};
	}
	k = r->readv(r, local, far, n);
	for (i = 0; i < n && k >= (ssize_t)local[i].iov_len; i++)
		k -= (ssize_t)local[i].iov_len;
	return i;
}

static void
drop(struct snap_set *set, size_t i)
{
	memmove(&set->range[i], &set->range[i + 1], (set->n - i - 1) * sizeof *set->range);
	set->n--;
}

int
snap_take(struct snap *s, struct remote *r)
{
	size_t done = 0, total, n;

	s->missing = false;
	s->split = false;
	total = lay_out(&s->echo, lay_out(&s->main, 0));
	if (total > s->copy_cap) {
		s->copy_cap = total * 2;
		s->copy = mem_grow(s->copy, s->copy_cap, 1);
	}
	while (done < s->main.n + s->echo.n) {
		n = read_from(s, r, done);
		done += n;
		if (done == 0)
			return -1;
		if (done == s->main.n + s->echo.n)
			break;
		s->split = true;
		if (n < IOV_MAX)
			done < s->main.n ? drop(&s->main, done) : drop(&s->echo, done - s->main.n);
	}
	s->main.ready = s->main.n;
	s->echo.ready = s->echo.n;
	return 0;
}
