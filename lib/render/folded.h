/*
 * folded: pyfolded(5) text <-> stacks. `frame;frame;frame COUNT` lines, root first.
 *
 * Labels in memory are the names as they are; in the text `;`, control characters and a backslash
 * that would read as an escape are written \xHH, and nothing else is changed. A stack without
 * frames and an empty name are both `[unknown]`, in the text and after reading.
 *
 * The text is hostile too: a line that is not of the form ends the reading with its number.
 */
#ifndef RENDER_FOLDED_H
#define RENDER_FOLDED_H

#include "base/buf.h"
#include "model/stacks.h"

#include <stdio.h>

/* Adds the label to the buffer as the text spells it. */
void folded_label(struct buf *, const char *label, size_t len);

/* Lines come out sorted by their bytes, so that equal input gives equal output. -1 with err. */
int folded_write(FILE *, const struct stacks *);

/* Adds the lines of f to s; `name` is for messages. -1 with err; the lines before are in s. */
int folded_read(FILE *, const char *name, struct stacks *);

#endif
