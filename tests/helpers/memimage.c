/*
 * memimage PID: what pydump -l reads of a process, as a memory image (memimage.h) on standard
 * output: seeds for tests/fuzz/look.c.
 */
#include "tests/helpers/memimage.h"
#include "base/buf.h"
#include "base/err.h"
#include "cpython/look.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct buf out;
static struct set grains;

enum { GRAIN = 64 };

/* Whole grains, so that pieces do not overlap. */
static void
keep(struct remote *live, uint64_t addr, size_t n)
{
	char grain[GRAIN];
	uint64_t at;

	for (at = addr & ~(GRAIN - 1ull); at < addr + n; at += GRAIN) {
		if (set_has(&grains, at) || remote_read(live, at, grain, GRAIN) < 0)
			continue;
		set_add(&grains, at);
		buf_u64(&out, at);
		buf_u32(&out, GRAIN);
		buf_add(&out, grain, GRAIN);
	}
}

static ssize_t
readv_and_keep(struct remote *r, const struct iovec *local, const struct iovec *far, size_t n)
{
	struct remote *live = r->arg;
	ssize_t k = live->readv(live, local, far, n), left = k;
	size_t i;

	for (i = 0; i < n && left > 0; i++) {
		size_t got = (size_t)left < local[i].iov_len ? (size_t)left : local[i].iov_len;

		/* A whole chunk of the data stack is too much for a seed. */
		if (got <= 6144)
			keep(live, (uint64_t)(uintptr_t)far[i].iov_base, got);
		left -= (ssize_t)got;
	}
	return k;
}

static void
ignore(void *arg, const struct look_thread *t)
{
	(void)arg;
	(void)t;
}

int
main(int argc, char **argv)
{
	struct remote live;
	struct python py;

	if (argc != 2 || python_find(&py, atoi(argv[1])) != PYTHON_FOUND) {
		fprintf(stderr, "memimage: %s\n", argc == 2 ? err_why() : "a PID, please");
		return 1;
	}
	live = py.mem;
	py.mem = (struct remote){.pid = py.pid, .readv = readv_and_keep, .arg = &live};
	buf_u32(&out, py.version);
	buf_u64(&out, py.runtime);
	buf_u64(&out, py.code_type);
	if (look(&py, true, LOOK_NEVER, ignore, NULL) < 0)
		return 1;
	return write_all(STDOUT_FILENO, out.p, out.len) < 0;
}
