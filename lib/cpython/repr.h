/*
 * repr: characters and numbers as Python's repr() spells them. Pure.
 */
#ifndef CPYTHON_REPR_H
#define CPYTHON_REPR_H

#include "base/buf.h"

/* One character as within `quote`s (0: none); those from `limit` on are escaped. */
void repr_char(struct buf *, uint32_t c, char quote, uint32_t limit);

/* The n characters in quotes: single ones, unless only those are inside. */
void repr_text(struct buf *, const uint32_t *c, size_t n, uint32_t limit);

/* A whole number of n digits of 30 bits, lowest first, which are destroyed. */
enum { REPR_DIGITS = 34 };
void repr_digits(struct buf *, uint32_t *digits, size_t n);

/* The fewest digits that give the same number again; `point`: ".0" behind a whole one. */
void repr_double(struct buf *, double, bool point);

#endif
