/*
 * roots: root frames for threads and processes, and the names they go by.
 *
 * A sample belongs to what its thread was called when it was taken. A thread that is named only
 * later bears its first name from its beginning; one that starts under its parent's name (fork)
 * keeps that until it gets one of its own. Ids are used again: a thread's exit ends its name.
 * A process is named as the thread whose tid is its pid.
 *
 * While the name is open, the frame's label is a draft; roots_settle() replaces drafts. Times
 * settle what belongs to the old bearer of an id where a stream is not in order.
 */
#ifndef MODEL_ROOTS_H
#define MODEL_ROOTS_H

#include "model/stacks.h"
#include "stream/reader.h"

enum root_kind { ROOT_PROCESS, ROOT_THREAD, ROOT_KINDS };

struct root_life;
struct root_draft;

/* Zero-initialised is ready to use. Grows with the threads named or asked for. */
struct roots {
	struct map index; /* pid << 32 | tid -> lives */
	struct root_life *lives;
	size_t nlives, lives_cap;
	struct root_draft *drafts;
	size_t ndrafts, drafts_cap;
	struct strings names;
};

/* Nothing said so far holds any more, but for drafts. */
void roots_begin(struct roots *);

/* Takes in EV_COMM, EV_FORK and EV_EXIT; leaves others alone. */
void roots_event(struct roots *, const struct event *);

/* The label in s of the sample's root frame. */
uint32_t roots_label(struct roots *, struct stacks *s, enum root_kind, const struct event *);

/* Gives all drafts in s their names. Once, at the end. */
void roots_settle(struct roots *, struct stacks *s);

void roots_free(struct roots *);

#endif
