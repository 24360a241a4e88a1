/*
 * folded: pyfolded(5) text <-> stacks. `frame;frame;frame COUNT` lines, root first.
 *
 * The text is hostile too: a line that is not of the form ends the reading with its number.
 */
#ifndef RENDER_FOLDED_H
#define RENDER_FOLDED_H

#include "model/stacks.h"

#include <stdio.h>

/* Lines come out sorted by their bytes, so that equal input gives equal output. -1 with err. */
int folded_write(FILE *, const struct stacks *);

/* Adds the lines of f to s; `name` is for messages. -1 with err; the lines before are in s. */
int folded_read(FILE *, const char *name, struct stacks *);

#endif
