/*
 * err: why the last library call failed.
 *
 * A function of lib/ that can fail returns -1 (or NULL) and leaves here one line without a
 * newline: "what: why", then what to do about it where that is known. Only cmd/ prints it and
 * exits. The text belongs to the thread and lives until the next failure.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

/* Both return -1, so that `return err_set(...)` reads well. err_sys() adds ": strerror(errno)". */
int err_set(const char *fmt, ...) PRINTF_LIKE(1, 2);
int err_sys(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* Puts text before the reason that is already there: a file's name, say. Returns -1. */
int err_at(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* Never NULL. */
const char *err_why(void);

#endif
