/*
 * Line tables that may be anything: u8 style, u32 first line, the table. The runs, the search from
 * the start, and the base agree.
 */
#include "base/buf.h"
#include "cpython/code.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check(enum line_style style, const struct code *c, const unsigned char *table, size_t n,
      int64_t off)
{
	uint32_t line = code_line(c, off);

	if (line != lines_at(style, table, n, c->firstline, off) || (line && line < c->base))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cur at = {data, data + size, false, false};
	enum line_style style = cur_u8(&at) % 3;
	struct code c = {.firstline = cur_u32(&at)};
	size_t n = (size_t)(at.end - at.p), i, step;
	const unsigned char *table = at.p;

	if (at.bad)
		return 0;
	c.runs = lines_runs(style, table, n, c.firstline, &i);
	c.nruns = (uint32_t)i;
	c.base = lines_base(style, table, n, c.firstline);
	check(style, &c, table, n, -1);
	/* At most so many edges: lines_at() reads the table from its start each time. */
	step = c.nruns / 64 + 1;
	for (i = 0; i < c.nruns; i += step) {
		if (i && c.runs[i].end <= c.runs[i - 1].end)
			abort();
		check(style, &c, table, n, (int64_t)c.runs[i].end - 1);
		if (c.runs[i].end < UINT32_MAX) /* there the last line of a lnotab has no end */
			check(style, &c, table, n, c.runs[i].end);
	}
	free(c.runs);
	return 0;
}
