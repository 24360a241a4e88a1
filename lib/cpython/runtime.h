/*
 * runtime: finds CPython in a process, and its version. What everything else here starts from.
 */
#ifndef CPYTHON_RUNTIME_H
#define CPYTHON_RUNTIME_H

#include "cpython/layout.h"
#include "target/core.h"
#include "target/remote.h"

struct python {
	pid_t pid;         /* 0: it is a core's */
	pid_t main_tid;    /* its pid as its own pid namespace has it */
	struct core *core; /* NULL: it lives */
	struct remote mem;
	struct layout lay;
	uint32_t version;   /* as PY_VERSION_HEX; the lower 16 bits 0 where only 3.N is known */
	uint64_t runtime;   /* address of _PyRuntime */
	uint64_t code_type; /* address of PyCode_Type, 0 unknown */
	bool other_pid_ns;  /* its thread ids are numbers of another pid namespace */
	uint64_t active;    /* threads.c: the dict of named threads, of this interpreter */
	uint64_t active_interp;
	uint32_t tid_at; /* <= 3.10: where glibc's struct pthread has the tid; 0: not learnt */
};

enum python_status {
	PYTHON_FOUND = 0,
	PYTHON_GONE = -1,     /* no such process */
	PYTHON_DENIED = -2,   /* may not be read */
	PYTHON_NONE = -3,     /* no CPython in it (yet) */
	PYTHON_STARTING = -4, /* found, but its first thread does not run yet */
	PYTHON_UNKNOWN = -5,  /* a version or build that we cannot read */
};

/* All but PYTHON_FOUND leave err set. Nothing to close: *py holds numbers only. */
enum python_status python_find(struct python *py, pid_t pid);

/* The same in a core, which must stay open. Never PYTHON_GONE or PYTHON_DENIED. */
enum python_status python_find_core(struct python *py, struct core *);

/* Whether a process that was PYTHON_STARTING has its first thread now. */
bool python_ready(struct python *);

/* The version as text, "3.11.2" or "3.11"; to must hold 16 bytes. */
void python_version(const struct python *, char *to);

/* Reads a word of the target: 0, or -1 with errno. */
int python_word(struct python *, uint64_t addr, uint64_t *);

#endif
