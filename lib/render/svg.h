/*
 * svg: a flame graph as one self-contained SVG document.
 *
 * What svg.c writes is a whole picture by itself. flame.css dresses it, light and dark; flame.js
 * makes it fit its window, zoom and search. Both are part of the document. Each box is
 *
 *      <g data-f="START TOTAL SELF DEPTH"><title>name, count and share</title><rect/><text/></g>
 *
 * in preorder, with the numbers as the counts have them, so that a reader (flame.js, a test) needs
 * no pixels to know them. The first is the whole, `all`.
 */
#ifndef RENDER_SVG_H
#define RENDER_SVG_H

#include "model/stacks.h"

#include <stdio.h>

struct svg_opts {
	const char *title;
	const char *countname; /* the unit; "ns" and "bytes" are shown in units of fitting size */
	double width;          /* px; 0: as wide as the window, and 1200 where scripts are off */
	double height;         /* px of a row of frames */
	double minwidth;       /* px: narrower boxes are left out, and said to be */
	bool inverted;         /* the root on top */
};

#define SVG_DEFAULTS                                                                               \
	{                                                                                          \
		"Flame Graph", "samples", 0, 18, 0.1, false                                        \
	}

/* -1 with err: nothing to draw (nothing is written then), or the output failed. */
int svg_render(FILE *, const struct stacks *, const struct svg_opts *);

#endif
