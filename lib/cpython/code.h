/*
 * code: code objects of one process, read once and remembered by address.
 *
 * A code object dies and another takes its address, so what is remembered is checked against the
 * object's own pointers (name, file, line table, first line) whenever a frame newly shows it, and
 * now and then while it stays. Its text lives in the cache until codes_clear().
 */
#ifndef CPYTHON_CODE_H
#define CPYTHON_CODE_H

#include "base/mem.h"
#include "base/table.h"
#include "cpython/lines.h"
#include "cpython/runtime.h"

struct code {
	uint64_t addr;
	uint64_t serial;         /* no two codes of the cache, past or present, have the same */
	const char *func, *file; /* UTF-8; qualified name from 3.11 on, the bare name before */
	uint32_t func_len, file_len;
	uint32_t root; /* leading bytes of file above the outermost package; 0 unknown */
	uint32_t firstline;
	uint32_t base;      /* smallest line of its table */
	uint32_t framesize; /* words that its frame takes; 0 before 3.11 */
	uint32_t size;      /* bytes of its bytecode, 0 unknown */
	struct line_run *runs;
	uint32_t nruns;
	uint64_t symbol;        /* the owner's: its address in the stream; 0 none yet */
	uint64_t read, checked; /* the owner's clock when it was read and last checked, ns */
	bool broken;            /* it could not be read; func says "[unknown]" */
	uint64_t *tlbc;         /* 3.14t+: where each thread's copy of the bytecode starts */
	size_t ntlbc;
	unsigned char mark[64]; /* the object's own pointers, to tell it from a successor */
};

enum { CODES_MAX = 65536 };

struct codes {
	struct map index;  /* addr -> number in all[] */
	struct code **all; /* stay where they are */
	size_t n, cap;
	uint64_t serial;
	struct arena bytes;
};

/*
 * The code object at addr, read if it is not known. Never NULL: one that cannot be read is
 * `broken`. Valid until codes_clear().
 */
struct code *codes_get(struct codes *, struct python *, uint64_t addr, uint64_t now);

/*
 * Checks the n codes with one read and reads those anew that have changed. true when one did:
 * take every codes_get() again.
 */
bool codes_check(struct codes *, struct python *, const uint64_t *addrs, size_t n, uint64_t now);

bool codes_full(const struct codes *);
void codes_clear(struct codes *);

/*
 * Where the bytecode starts: copy 0 in the code object; from 3.14t on threads make copies of their
 * own. 0: there is no such copy.
 */
uint64_t code_start(struct code *, struct python *, uint32_t copy);

/* The line at byte `off` of the bytecode, 0 none; negative: the frame has not started. */
uint32_t code_line(const struct code *, int64_t off);

#endif
