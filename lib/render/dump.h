/*
 * dump: the threads of a process as text for people or JSON for programs; see pydump(1).
 *
 * Written as they come: dump_begin(), for every thread dump_thread(), its frames with dump_frame(),
 * each frame's variables with dump_local(), dump_end(). Strings are the caller's. What the target
 * named itself is shown without control characters, so that it cannot reach the terminal.
 */
#ifndef RENDER_DUMP_H
#define RENDER_DUMP_H

#include "base/json.h"

#include <stdio.h>
#include <sys/types.h>

struct dump {
	FILE *f;
	bool json, full_paths;
	/* Ours: */
	struct buf buf;
	struct json j;
	bool in_thread, in_frame, arguments, locals;
	uint32_t threads;
};

struct dump_process {
	pid_t pid;
	const char *command, *exe, *version;
	const char *core; /* NULL: it lives */
};

struct dump_thread {
	pid_t tid;      /* 0: could not be told; then the ident names it */
	uint64_t ident; /* threading.get_ident() */
	uint32_t interp;
	const char *name; /* NULL: none */
	bool active, gil, collecting, torn, cut, loose_locals;
};

struct dump_frame {
	const char *func, *file;
	uint32_t root; /* as label_path() has it */
	uint32_t line; /* 0: none */
	uint32_t firstline;
};

void dump_begin(struct dump *, const struct dump_process *);
void dump_thread(struct dump *, const struct dump_thread *);
void dump_frame(struct dump *, const struct dump_frame *); /* leaf first */
void dump_local(struct dump *, const char *name, const char *value, bool argument);
void dump_more_locals(struct dump *, uint64_t n); /* so many are left out */
void dump_end(struct dump *);

#endif
