/*
 * opt: one table per program drives parsing, the usage text, and the test that compares the table
 * with the man page.
 *
 * Parsing follows getopt_long(3): short and long options, bundled flags, `--` ends them. It stops
 * at the first operand when `stop` is set (programs that run a command), else options and operands
 * may mix. -h and -V are understood everywhere and need no row.
 */
#ifndef BASE_OPT_H
#define BASE_OPT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct opt {
	char letter;      /* 0: long name only */
	const char *name; /* NULL: letter only */
	const char *arg;  /* what the usage calls its argument; NULL: a flag; "[X]": optional */
	const char *help;
	/* Stores the argument (NULL for a flag, or an optional one left out) at `to`. -1 with err.
	 */
	int (*set)(const struct opt *, const char *arg);
	void *to;
	double min, max; /* bounds for the number setters, both 0: none */
};

struct program {
	const char *name;
	const char *operands;   /* "[FILE...]", as the usage line prints it */
	const char *summary;    /* one line, no full stop */
	const struct opt *opts; /* ends with a row whose help is NULL */
	bool stop;
};

enum { OPT_BAD = -1, OPT_HELP = -2, OPT_VERSION = -3 };

/* The index of the first operand (operands are moved to the end), or one of the enum above. */
int opt_parse(const struct program *, int argc, char **argv);
void opt_usage(FILE *, const struct program *);

/* Setters. */
int opt_flag(const struct opt *, const char *);   /* bool */
int opt_string(const struct opt *, const char *); /* const char *, not copied */
int opt_int(const struct opt *, const char *);    /* int, decimal, within min..max */
int opt_double(const struct opt *, const char *); /* double, within min..max */

/* Whole numbers with commas between; a repeated option adds to them. The owner frees `v`. */
struct opt_numbers {
	uint32_t *v;
	size_t n, cap;
};
int opt_numbers(const struct opt *, const char *);

/* "A,B", where a side left out stays as it was; A must not be above B. */
struct opt_range {
	double from, to;
};
int opt_range(const struct opt *, const char *);

/* No storage: the option belongs to another program; `to` is a string that says which. Such rows
 * are not in the usage. */
int opt_elsewhere(const struct opt *, const char *);

#endif
