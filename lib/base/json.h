/*
 * json: writes JSON (RFC 8259) into a buf: commas, keys, escapes. The caller opens and closes.
 *
 * Objects and arrays may nest JSON_DEPTH deep. Text is UTF-8; a byte that is not becomes the lone
 * surrogate that Python means by it (PEP 383, "\udc80" for 0x80), so that nothing is lost. A text
 * of NULL is null.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/buf.h"

enum { JSON_DEPTH = 16 };

struct json {
	struct buf *to;
	int depth;
	char close[JSON_DEPTH]; /* what ends each that is open */
	bool comma;             /* a value stands before */
};

void json_object(struct json *); /* { */
void json_array(struct json *);  /* [ */
void json_end(struct json *);    /* the newest of both */

/* In an object: the name of the value that comes next. */
void json_key(struct json *, const char *);

void json_text(struct json *, const char *);
void json_text_n(struct json *, const char *, size_t n);
void json_number(struct json *, uint64_t);
void json_bool(struct json *, bool);
void json_null(struct json *);

#endif
