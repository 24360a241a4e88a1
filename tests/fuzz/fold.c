/*
 * fuzz fold: any bytes as a stream through reader, fold and folded text. Nothing may crash, the
 * sum of the stacks is that of the samples, and the text reads back as the same sum. The options
 * come from the length of the input, so that seeds are plain streams.
 */
#include "model/fold.h"
#include "render/folded.h"

#include <math.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static uint64_t
sum(const struct stacks *s)
{
	uint64_t *total = stacks_totals(s), all = total[0];

	free(total);
	return all;
}

static void
read_back(const struct stacks *s)
{
	struct stacks again;
	char *text;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	stacks_init(&again);
	if (!f || folded_write(f, s) < 0 || fclose(f))
		abort();
	f = n ? fmemopen(text, n, "r") : NULL;
	if (f && folded_read(f, "text", &again) < 0)
		abort();
	if (sum(&again) != sum(s))
		abort();
	if (f)
		fclose(f);
	free(text);
	stacks_free(&again);
}

static void
fold_fd(int fd, const struct fold_opts *o)
{
	struct reader *r = reader_open(fd, "input");
	struct fold *f = fold_new(o);
	const struct stacks *stacks;
	uint64_t ticks = 0;
	struct event ev;
	bool all = o->idle && !o->gil && o->weight == FOLD_SAMPLES;

	fold_begin(f, r);
	while (r && reader_next(r, &ev) > 0 && !fold_event(f, &ev)) {
		if (ev.type == EV_SAMPLE && (ev.kind <= KIND_IDLE || ev.kind == KIND_OTHER))
			ticks += ev.ticks;
	}
	stacks = fold_end(f);
	if (all && sum(stacks) != ticks)
		abort();
	fold_remark(f);
	read_back(stacks);
	fold_free(f);
	reader_close(r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct fold_opts o = {.time = {-INFINITY, INFINITY},
	                      .threads = n & 1,
	                      .processes = n & 2,
	                      .idle = !(n & 4),
	                      .gil = (n & 24) == 24,
	                      .weight = (n & 48) == 48 ? FOLD_TIME : FOLD_SAMPLES,
	                      .labels = n & 64 ? LABEL_FUNCTION : LABEL_FULL_PATH};
	int fd = memfd_create("input", MFD_CLOEXEC);

	if (fd < 0 || write(fd, p, n) != (ssize_t)n || lseek(fd, 0, SEEK_SET) < 0)
		abort();
	fold_fd(fd, &o);
	close(fd);
	return 0;
}
