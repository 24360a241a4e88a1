/*
 * stack: one thread's Python stack, read from outside while the thread runs on.
 *
 * Everything that a sample needs is copied by one process_vm_readv(2) (see snap in
 * target/remote.h): the thread state, the interpreter's words, the frames; and at the end of the
 * same call the hot end of the data stack a second time. Then the walk works on the copy alone.
 * The copy takes microseconds, in which the target makes dozens of calls, so the walk repairs and
 * proves what it sees:
 *
 *   - which frame runs is read from the frames, not from the thread state: its stack pointer is in
 *     a register and stored as -1 (3.11 to 3.13), f_executing or f_state says so (<= 3.10). Frames
 *     above the lowest one that says so have been popped; where none says so, frames above the one
 *     found are followed up to it.
 *   - every caller must stand in the second copy as it stood in the first.
 *
 * What cannot be proved is read again, up to STACK_TRIES times, and then delivered as torn: the
 * frames from the root that are certain.
 */
#ifndef CPYTHON_STACK_H
#define CPYTHON_STACK_H

#include "cpython/code.h"
#include "cpython/runtime.h"

enum { STACK_TRIES = 8, STACK_DEPTH = 4095 };

struct stack_frame {
	uint64_t addr; /* of the frame */
	uint64_t code; /* of its code object */
	int64_t off;   /* byte of its bytecode; -1: not started */
};

enum stack_quality { STACK_CLEAN, STACK_RETRIED, STACK_STOPPED, STACK_TORN };

struct stack {
	struct stack_frame *frames; /* leaf first */
	size_t n, cap;
	enum stack_quality quality;
	bool cut;         /* deeper than STACK_DEPTH: the root's side is missing */
	bool gil;         /* the thread holds the GIL */
	bool collecting;  /* and its interpreter runs the garbage collector */
	uint64_t interps; /* the first interpreter, and the first thread of the thread's own: */
	uint64_t threads; /* a change means that there are new ones, or that one has ended */
};

/* Reads the stack of the thread state `ts` of `interp`. -1 when it has gone. */
int stack_read(struct stack *, struct python *, struct codes *, struct snap *, uint64_t interp,
               uint64_t ts, uint64_t now);
void stack_free(struct stack *);

#endif
