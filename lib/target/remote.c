#include "target/remote.h"
#include "base/mem.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Ranges closer than this are read as one. */
enum { MERGE_GAP = 512 };

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

void
snap_begin(struct snap *s)
{
	size_t i, keep = 0;

	s->serial++;
	s->missing = false;
	for (i = 0; i < s->n; i++) {
		if (s->serial - s->want[i].used <= SNAP_KEEP)
			s->want[keep++] = s->want[i];
	}
	s->n = keep;
	s->ready = 0;
}

void
snap_reset(struct snap *s)
{
	s->n = 0;
	s->ready = 0;
	s->missing = false;
}

void
snap_free(struct snap *s)
{
	free(s->want);
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

void
snap_want(struct snap *s, uint64_t addr, size_t len)
{
	uint64_t end;
	size_t i;

	if (len == 0 || len > SNAP_MAX_BYTES || __builtin_add_overflow(addr, len, &end))
		return;
	for (i = s->n; i-- > 0;) {
		bool known = covers(&s->want[i], addr, end);

		if (!known && !merge(&s->want[i], addr, end))
			continue;
		s->want[i].used = s->serial;
		if (!known && i < s->ready) /* the copy of it and all behind it is void */
			s->ready = i;
		return;
	}
	if (s->n == SNAP_MAX_RANGES)
		return;
	s->want = mem_room(s->want, s->n, &s->cap, sizeof *s->want);
	s->want[s->n++] =
	    (struct snap_range){.addr = addr, .len = (uint32_t)len, .used = s->serial};
}

const void *
snap_at(struct snap *s, uint64_t addr, size_t len)
{
	struct snap_range *r;
	size_t i;

	for (i = 0; i < s->ready; i++) {
		r = &s->want[i];
		if (covers(r, addr, addr + len)) {
			r->used = s->serial;
			return s->copy + r->off + (addr - r->addr);
		}
	}
	s->missing = true;
	snap_want(s, addr, len);
	return NULL;
}

static void
lay_out(struct snap *s)
{
	size_t i, total = 0;

	for (i = 0; i < s->n && total + s->want[i].len <= SNAP_MAX_BYTES; i++) {
		s->want[i].off = (uint32_t)total;
		total += (s->want[i].len + 7) & ~(size_t)7;
	}
	s->n = i;
	if (total > s->copy_cap) {
		s->copy_cap = total * 2;
		s->copy = mem_grow(s->copy, s->copy_cap, 1);
	}
}

/* Reads ranges from `first` on; how many came whole. */
static size_t
read_from(struct snap *s, struct remote *r, size_t first)
{
	struct iovec local[IOV_MAX], far[IOV_MAX];
	size_t i, n = s->n - first;
	ssize_t k;

	if (n == 0)
		return 0;

	if (n > IOV_MAX)
		n = IOV_MAX;
	for (i = 0; i < n; i++) {
		const struct snap_range *w = &s->want[first + i];

		local[i] = (struct iovec){s->copy + w->off, w->len};
		far[i] = (struct iovec){(void *)(uintptr_t)w->addr, w->len};
	}
	k = r->readv(r, local, far, n);
	for (i = 0; i < n && k >= (ssize_t)local[i].iov_len; i++)
		k -= (ssize_t)local[i].iov_len;
	return i;
}

static void
drop(struct snap *s, size_t i)
{
	memmove(&s->want[i], &s->want[i + 1], (s->n - i - 1) * sizeof *s->want);
	s->n--;
	s->unreadable++;
}

int
snap_take(struct snap *s, struct remote *r)
{
	size_t calls = 0, n;

	s->missing = false;
	s->ready = 0;
	lay_out(s);
	while (s->ready < s->n) {
		n = read_from(s, r, s->ready);
		calls++;
		s->ready += n;
		if (s->ready == 0)
			return -1;
		if (s->ready < s->n && n < IOV_MAX)
			drop(s, s->ready);
	}
	s->split = calls > 1;
	return 0;
}
