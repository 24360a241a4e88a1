/*
 * lines: a code object's line table -> the line of an instruction, as the interpreter reports it.
 *
 * Sources: Objects/lnotab_notes.txt (<= 3.10), Objects/locations.md (3.11+; since 3.13
 * InternalDocs/code_objects.md). The table is bytes from another process and may be anything.
 */
#ifndef CPYTHON_LINES_H
#define CPYTHON_LINES_H

#include "cpython/layout.h"

/* The instructions below byte `end`, from where the run before ended, have this line; 0: none. */
struct line_run {
	uint32_t end, line;
};

/* A whole table as runs of different lines, in order of `end`. The caller frees the array. */
struct line_run *lines_runs(enum line_style, const unsigned char *table, size_t n,
                            uint32_t firstline, size_t *nruns);

/*
 * The line of the instruction at byte `off` of the bytecode, or 0 where it has none. A negative
 * `off` (the frame has not started) gives firstline.
 */
uint32_t lines_at(enum line_style, const unsigned char *table, size_t n, uint32_t firstline,
                  int64_t off);

/* The smallest line in the table, at most firstline; never 0 unless firstline is. */
uint32_t lines_base(enum line_style, const unsigned char *table, size_t n, uint32_t firstline);

#endif
