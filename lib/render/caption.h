/*
 * caption: what a picture shows of a label (model/label.h spells them): its kind, its text, and
 * how much of that fits.
 */
#ifndef RENDER_CAPTION_H
#define RENDER_CAPTION_H

#include "base/buf.h"

enum kind {
	KIND_APP,     /* everything else */
	KIND_SITE,    /* site-packages, dist-packages */
	KIND_STD,     /* lib/pythonX.Y, lib64/pythonX.Y, <frozen ...> */
	KIND_NATIVE,  /* name ([library]), and FlameGraph's name_[k] */
	KIND_CONTEXT, /* comm (pid), thread (tid): name, [unknown] and other remarks */
	KIND_KINDS
};

enum kind caption_kind(const char *label, size_t len);

/* A number that is the same for all lines of one function: of the label without `:LINE)`. */
uint64_t caption_hash(const char *label, size_t len);

/*
 * Adds the label as text that any XML 1.0 document can hold and that shows as one line, left to
 * right: bytes that are no UTF-8 and control characters are spelled \xHH, other characters that
 * would not show as themselves \uHHHH. Not escaped for XML.
 */
void caption_text(struct buf *, const char *label, size_t len);

/* Adds text that caption_text() made, escaped for XML: content and attribute values. */
void caption_xml(struct buf *, const char *text, size_t len);

/* Where ` (file:line)` begins in the text; len where there is none. */
size_t caption_place(const char *text, size_t len);

/*
 * How many bytes of the text fit `room`, in ems of the font size, with an ellipsis after them when
 * that is not all (*cut). 0 where not even two characters would. Widths are those of the widest
 * common sans-serif fonts, since which one will be used is not known here.
 */
size_t caption_fit(const char *text, size_t len, double room, bool *cut);
double caption_width(const char *text, size_t len); /* ems */

#endif
