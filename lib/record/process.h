/*
 * process: one recorded process: its threads, what each did at the last tick, and the samples that
 * follow from it.
 *
 * Per tick and thread: ask the kernel whether it ran (task.h); if it did, read its stack; write a
 * py-cpu sample if it runs now. A thread that waits is not read again: its ticks add up to one
 * py-idle sample per flush. How much time a sample stands for is the ledger's (ledger.h).
 */
#ifndef RECORD_PROCESS_H
#define RECORD_PROCESS_H

#include "cpython/code.h"
#include "cpython/stack.h"
#include "cpython/threads.h"
#include "record/ledger.h"
#include "record/task.h"
#include "stream/writer.h"

struct thread {
	struct tstate ts;
	struct task task;
	bool present; /* in the list last read */
	int name_tries;
	uint64_t name_at;    /* when to look for its name (again), ns */
	uint64_t last;       /* up to when its time is accounted for, ns; */
	uint64_t ran, ready; /* of it on a CPU, waiting for one */
	struct ledger ledger;
	bool waits_for_gil;
	uint16_t state; /* of its last sample, */
	int state_kind; /* and what of the ledger it was */
	struct snap snap;
	struct stack stack;
	uint64_t *ips; /* of stack, leaf first; nips of them are good */
	size_t nips, ips_cap;
	bool ips_hold;    /* ips are those of stack's frames, one for one */
	uint64_t idle_ns; /* not written yet */
	uint32_t idle_ticks;
	uint16_t idle_state;
};

/* For the summary. */
struct process_counts {
	uint64_t samples, retried, stopped, torn;
	uint64_t threads; /* ever seen */
};

struct process {
	pid_t pid;
	enum { PROCESS_WAITING, PROCESS_LIVE, PROCESS_GONE } status;
	bool was_live;          /* was ever read */
	enum python_status why; /* while waiting: what the last look said */
	struct python py;
	struct codes codes;
	struct set edges; /* see cpython/stack.h */
	enum stops stops;
	uint64_t interval; /* ns between ticks */
	struct threads list;
	struct thread **threads;
	size_t n, cap;
	bool stale;      /* the list of threads has changed */
	int relisted;    /* so often since the number of threads changed */
	uint64_t looked; /* when its list was last compared, or CPython last looked for, ns */
	uint64_t exe;    /* while waiting: which program it was when last searched, and when */
	uint64_t searched;
	uint64_t patience; /* ns between looks while waiting */
	struct process_counts count;
};

/* interval: ns between ticks. */
void process_init(struct process *, pid_t, enum stops, uint64_t interval);

/* Looks for CPython. 0: found, and its threads are listed; else status and err say why not. */
int process_attach(struct process *, struct writer *, uint64_t now);

/* Takes the samples of one tick. */
void process_tick(struct process *, struct writer *, uint64_t now);

/* Writes the time of sleeping threads that has added up. */
void process_flush(struct process *, struct writer *);

/* At the end of the recording: writes all time that is still owed. */
void process_settle(struct process *, struct writer *);

/* Forgets every address of the stream: before writer_forget(). */
void process_forget(struct process *);

void process_free(struct process *);

#endif
