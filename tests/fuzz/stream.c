/* The decoder of pystream(5): any bytes are events and then an end or an error with a reason. */
#include "stream/reader.h"
#include "base/err.h"

#include <assert.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check(const struct reader *r, const struct event *ev)
{
	const struct frame *f;
	size_t i;

	assert(ev->event || ev->type != EV_SAMPLE);
	assert(ev->comm || ev->type != EV_COMM);
	for (i = 0; i < ev->nframes; i++) {
		assert(ev->frames[i] < reader_nframes(r));
		f = reader_frame(r, ev->frames[i]);
		assert(strlen(f->func) < 65536 && f->root <= strlen(f->file));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static int fd = -1;
	struct reader *r;
	struct event ev;
	int rc = -1;

	if (fd < 0)
		fd = memfd_create("fuzz", 0);
	assert(ftruncate(fd, 0) == 0 && pwrite(fd, p, n, 0) == (ssize_t)n);
	lseek(fd, 0, SEEK_SET);
	r = reader_open(fd, "fuzz");
	while (r && (rc = reader_next(r, &ev)) > 0)
		check(r, &ev);
	assert(rc == 0 || !strncmp(err_why(), "fuzz: ", 6));
	assert(!r || reader_offset(r) <= n);
	reader_close(r);
	return 0;
}
