/*
 * stack: one thread's Python stack, read from outside while the thread runs on.
 *
 * Everything that a sample needs is copied by one process_vm_readv(2) (see snap in
 * target/remote.h): the thread state, the interpreter's words, the frames. Then the walk works on
 * the copy alone. But the copy takes a microsecond or more (a cache line that the target has just
 * written comes over from its CPU in some 100 ns, and lines come in any order), in which the target
 * makes dozens of calls; so a copy may show callers of one moment and callees of another. Hence:
 *
 *   - Which frame runs is read from the frames, not from the thread state: its stack pointer is in
 *     a register and stored as -1 (3.11 to 3.13), f_executing or f_state says so (<= 3.10). Frames
 *     above the lowest one that says so have been popped; where none says so, frames above the one
 *     found are followed up to it. From 3.14 on no frame says that it runs: from the one that the
 *     thread state names callees are followed up, on the data stack and, by the value stack, into
 *     generators, as long as they are linked to their callers. One that has been popped has no
 *     code; it is left out, with what stands above. A callee's link may be that of a frame in the
 *     making, so that a stack is proved only from the frame that the thread state names.
 *   - A frame's position must lie in its own code.
 *   - Every edge (caller, position in it, callee) must be one that is known to happen. A torn copy
 *     joins a caller and a callee that never met, which makes an edge that never was.
 *   - An edge becomes known by proof: every frame of a stack is the same, position and all, in two
 *     copies made by one call, STACK_LOOKS times in a row; or the thread was stopped for it.
 *
 * A program has few edges, compared with samples, so that proofs soon are rare. What cannot be
 * proved is read again, up to STACK_TRIES times (and STACK_FINDS more that only find out what there
 * is to be read: a thread seen for the first time takes some); then the thread is stopped
 * (target/stop.h), some 100 us; where that may not be, the stack is delivered as torn: the frames
 * from the root that known edges join.
 */
#ifndef CPYTHON_STACK_H
#define CPYTHON_STACK_H

#include "cpython/code.h"
#include "cpython/runtime.h"
#include "cpython/threads.h"

enum { STACK_TRIES = 5, STACK_FINDS = 8, STACK_LOOKS = 3, STACK_STOPS = 3 };

/* The most frames of a stack: one more than a sample holds, so that the writer sees the cut. */
enum { STACK_DEPTH = 4097 };

struct stack_frame {
	uint64_t addr; /* of the frame */
	struct code *code;
	int64_t off;     /* byte of its bytecode; -1: not started */
	uint64_t serial; /* of the code when it was seen here */
};

enum stack_quality { STACK_CLEAN, STACK_RETRIED, STACK_STOPPED, STACK_TORN };

struct stack {
	struct stack_frame *frames; /* leaf first */
	size_t n, cap;
	struct stack_frame *last; /* those of the read before */
	size_t nlast, last_cap;
	size_t same;      /* so many, counted from the root, are what they were */
	uint32_t doubt;   /* the share of first looks that failed of late, of DOUBT_ALL */
	uint32_t doubted; /* samples taken by a stop because of it */
	uint64_t stop_ns; /* what a stop took of late */
	uint64_t read_at; /* when it was last read */
	uint64_t every;   /* and how long ago that is of late, ns */
	enum stack_quality quality;
	bool cut;         /* deeper than STACK_DEPTH: the root's side is missing */
	bool gil;         /* the thread holds the GIL */
	bool collecting;  /* and its interpreter runs the garbage collector */
	uint64_t threads; /* first of its interpreter: a change means that some started or ended */
};

/*
 * Looks that fail do so because the stack changed meanwhile, so that those that succeed, and looks
 * taken after them, favour what stays: by as much as fails. A thread of whose first looks more than
 * a tenth fails is stopped for every sample, as long as that takes at most a fourth of its time.
 */
enum { DOUBT_ALL = 1024, DOUBT_MOST = 102, DOUBT_PROBE = 16, STOP_SHARE = 4 };

/*
 * When to stop a thread. Heap frames (<= 3.10) are reused by the next call, and links between them
 * change one by one, so that what can be proved without a stop is biased towards frames that stay:
 * there STOPS_RARELY is STOPS_ALWAYS.
 */
enum stops {
	STOPS_RARELY,
	STOPS_NEVER,
	STOPS_ALWAYS,
	STOPS_HELD, /* the caller holds the thread, or it is a core's: what it shows is true */
};

/* What the readers of one process share. */
struct stack_source {
	struct python *py;
	struct codes *codes;
	struct set *edges; /* known ones */
	enum stops stops;
};

enum { EDGES_MAX = 1 << 17 };

/*
 * Reads the stack of a thread; the snap is the thread's own. -1 when it has gone. Code objects in
 * frames are good until codes_clear().
 */
int stack_read(struct stack *, const struct stack_source *, struct snap *, const struct tstate *,
               uint64_t now);
void stack_free(struct stack *);

#endif
