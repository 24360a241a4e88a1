/*
 * label: how a frame is spelled. Everything that names frames to people calls these, so that one
 * function reads the same in folded text, a picture or a table. The spellings are in pyfold(1).
 *
 * A label is a function of its frame alone: never of the stream, the machine or the frames around
 * it, so that folding joined streams and joining folded streams give the same lines. It is text as
 * it came; escaping for a format is the format's business.
 */
#ifndef MODEL_LABEL_H
#define MODEL_LABEL_H

#include "base/buf.h"
#include "stream/reader.h"

enum {
	LABEL_FUNCTION = 1 << 0,  /* the function's first line in place of the running one */
	LABEL_FULL_PATH = 1 << 1, /* files as the stream has them */
};

/* Adds "function (file:line)", "name ([lib.so])" and their like. */
void label_frame(struct buf *, const struct frame *, unsigned flags);

/* Root frames. name NULL: not known. */
void label_thread(struct buf *, uint32_t tid, const char *name);  /* "thread (7): worker" */
void label_process(struct buf *, uint32_t pid, const char *comm); /* "python3 (7)" */

/*
 * What a person would call the file: a tail of `file`, never empty unless it is. Begins at the last
 * site-packages/ or dist-packages/, else at the last lib/pythonX.Y/, else below the import root
 * where `root` (struct frame) ends a directory, else at the last component. <names> stay whole.
 */
const char *label_path(const char *file, uint32_t root);

#endif
