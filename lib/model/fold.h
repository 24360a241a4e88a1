/*
 * fold: events of a stream -> counted stacks.
 *
 * Each sample that passes the filters adds its weight to the stack of its labels; the filters and
 * the spelling are in pyfold(1). Memory grows with the distinct stacks, frames and (with thread or
 * process roots) threads, never with the number of samples.
 *
 * The chain of a sample mostly begins as the one before it did, seen from the root. So the paths of
 * the last samples are kept, by thread, and only what is below the common part is looked up:
 *
 *      kept     main  parse  lex   token        frame ids
 *               12    13     40    41           nodes of the trie
 *      sample   main  parse  emit               common: main, parse; looked up: emit under node 13
 */
#ifndef MODEL_FOLD_H
#define MODEL_FOLD_H

#include "base/opt.h"
#include "model/label.h"
#include "model/stacks.h"
#include "stream/reader.h"

enum fold_weight { FOLD_SAMPLES, FOLD_TIME };

struct fold_opts {
	enum fold_weight weight;
	unsigned labels;               /* LABEL_ flags */
	bool idle, gil;                /* with the idle samples; only with STATE_GIL */
	bool threads, processes;       /* root frames */
	const char *events;            /* names, with commas between; NULL: those on the CPU */
	struct opt_numbers pids, tids; /* empty: all */
	struct opt_range time;         /* seconds since the first sample of the file */
};

struct fold;

/* opts and what it points to stay the caller's, and as they are, until fold_free(). */
struct fold *fold_new(const struct fold_opts *);

/* Begins a file: its frame ids, names and times have nothing to do with those before. */
void fold_begin(struct fold *, const struct reader *);

/* -1 with err where the event cannot have the weight; then the counts are of no use. */
int fold_event(struct fold *, const struct event *);

/* The stacks, good until fold_free(). No fold_event() after it. */
const struct stacks *fold_end(struct fold *);

/*
 * What the user should know and the stacks do not show, one line without a newline, or NULL: that
 * nothing was chosen and what left it out, or that over 1 % of the ticks were lost. Good until
 * fold_free().
 */
const char *fold_remark(struct fold *);

void fold_free(struct fold *);

#endif
