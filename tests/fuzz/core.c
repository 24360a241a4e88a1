/* A core file that may be anything: its mappings, notes and memory, and Python looked for in it. */
#include "base/buf.h"
#include "cpython/look.h"
#include "target/core.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
ignore(void *arg, const struct look_thread *t)
{
	(void)arg;
	(void)t;
}

/* Every mapping's both ends. */
static void
read_memory(struct core *c)
{
	struct remote r;
	char bytes[256];
	size_t i;

	remote_core(&r, c);
	for (i = 0; i < c->maps.n; i++) {
		remote_read(&r, c->maps.map[i].start, bytes, sizeof bytes);
		remote_read(&r, c->maps.map[i].end - 100, bytes, sizeof bytes);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	struct python py;
	struct core c;
	char path[64];

	if (fd < 0 && (fd = memfd_create("core", MFD_CLOEXEC)) < 0)
		abort();
	if (ftruncate(fd, 0) < 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
		abort();
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (core_open(&c, path) < 0)
		return 0;
	read_memory(&c);
	if (python_find_core(&py, &c) == PYTHON_FOUND)
		look(&py, true, LOOK_NEVER, ignore, NULL);
	core_thread(&c, 1);
	core_exe(&c);
	core_close(&c);
	return 0;
}
