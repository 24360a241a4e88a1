/*
 * utf8: one code point at a time out of bytes that may be anything.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/*
 * The code point at p (p < end), and its length in bytes. 0 where the bytes are no UTF-8: cut
 * short, longer than needed, a surrogate, or beyond U+10FFFF.
 */
size_t utf8_next(const char *p, const char *end, uint32_t *code);

/* The bytes of a code point, at most 4; how many. U+FFFD for what is none, and surrogates. */
size_t utf8_put(uint32_t code, char to[4]);

#endif
