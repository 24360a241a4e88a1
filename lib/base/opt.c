#include "base/opt.h"
#include "base/err.h"
#include "base/mem.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_OPTS = 64, LONG_BASE = 256 };

int
opt_flag(const struct opt *o, const char *arg)
{
	(void)arg;
	*(bool *)o->to = true;
	return 0;
}

int
opt_string(const struct opt *o, const char *arg)
{
	*(const char **)o->to = arg;
	return 0;
}

int
opt_double(const struct opt *o, const char *arg)
{
	char *end;
	double v;

	v = strtod(arg, &end);
	if (end == arg || *end || !isfinite(v))
		return err_set("'%s' is not a number", arg);
	if ((o->min != 0 || o->max != 0) && (v < o->min || v > o->max))
		return err_set("%s is out of range: %g to %g", arg, o->min, o->max);
	*(double *)o->to = v;
	return 0;
}

int
opt_int(const struct opt *o, const char *arg)
{
	char *end;
	long v;

	errno = 0;
	v = strtol(arg, &end, 10);
	if (end == arg || *end)
		return err_set("'%s' is not a whole number", arg);
	if (errno || v < INT_MIN || v > INT_MAX ||
	    ((o->min != 0 || o->max != 0) && ((double)v < o->min || (double)v > o->max)))
		return err_set("%s is out of range: %.0f to %.0f", arg, o->min, o->max);
	*(int *)o->to = (int)v;
	return 0;
}

int
opt_numbers(const struct opt *o, const char *arg)
{
	struct opt_numbers *to = o->to;
	char *end;

	do {
		unsigned long v;

		errno = 0;
		v = strtoul(arg, &end, 10);
		if (!isdigit((unsigned char)*arg) || (*end && *end != ',') || errno ||
		    v > UINT32_MAX)
			return err_set("'%s' is not a whole number", arg);
		to->v = mem_room(to->v, to->n, &to->cap, sizeof *to->v);
		to->v[to->n++] = (uint32_t)v;
		arg = end + 1;
	} while (*end);
	return 0;
}

int
opt_range(const struct opt *o, const char *arg)
{
	struct opt_range *to = o->to, r = *to;
	const char *comma = strchr(arg, ',');
	char *end;

	if (!comma)
		return err_set("'%s' is not of the form A,B", arg);
	if (comma != arg) {
		r.from = strtod(arg, &end);
		if (end != comma || !isfinite(r.from))
			return err_set("'%.*s' is not a number", (int)(comma - arg), arg);
	}
	if (comma[1]) {
		r.to = strtod(comma + 1, &end);
		if (end == comma + 1 || *end || !isfinite(r.to))
			return err_set("'%s' is not a number", comma + 1);
	}
	if (r.from > r.to)
		return err_set("%g is above %g", r.from, r.to);
	*to = r;
	return 0;
}

int
opt_elsewhere(const struct opt *o, const char *arg)
{
	(void)arg;
	return err_set("%s", (const char *)o->to);
}

static int
refuse(const struct opt *o)
{
	if (o->letter)
		return err_at("-%c", o->letter);
	return err_at("--%s", o->name);
}

/* getopt's own tables, made from ours: long options are numbered from LONG_BASE. */
static void
getopt_tables(const struct program *prog, char *shorts, struct option *longs)
{
	const struct opt *o;
	int i;

	*shorts++ = prog->stop ? '+' : ':';
	if (prog->stop)
		*shorts++ = ':';
	*shorts++ = 'h';
	*shorts++ = 'V';
	*longs++ = (struct option){"help", no_argument, NULL, 'h'};
	*longs++ = (struct option){"version", no_argument, NULL, 'V'};
	for (i = 0, o = prog->opts; o->help && i < MAX_OPTS; i++, o++) {
		bool optional = o->arg && *o->arg == '[';

		if (o->letter) {
			*shorts++ = o->letter;
			if (o->arg)
				*shorts++ = ':';
			if (optional)
				*shorts++ = ':';
		}
		if (o->name)
			*longs++ = (struct option){o->name,
			                           optional ? optional_argument
			                           : o->arg ? required_argument
			                                    : no_argument,
			                           NULL, LONG_BASE + i};
	}
	*shorts = '\0';
	*longs = (struct option){0};
}

static const struct opt *
row_of(const struct program *prog, int c)
{
	const struct opt *o;

	if (c >= LONG_BASE)
		return &prog->opts[c - LONG_BASE];
	for (o = prog->opts; o->help && o->letter != c; o++)
		;
	return o;
}

static int
bad_option(int c, char **argv)
{
	if (optopt >= LONG_BASE || optopt == 0)
		err_set("%s: %s", argv[optind - 1],
		        c == ':' ? "needs an argument"
		                 : "no such option, or its argument is wrong");
	else
		err_set("-%c: %s", optopt, c == ':' ? "needs an argument" : "no such option");
	return OPT_BAD;
}

int
opt_parse(const struct program *prog, int argc, char **argv)
{
	char shorts[3 * MAX_OPTS + 8];
	struct option longs[MAX_OPTS + 3];
	const struct opt *o;
	int c;

	getopt_tables(prog, shorts, longs);
	opterr = 0;
	optind = 0;
	while ((c = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (c == 'h')
			return OPT_HELP;
		if (c == 'V')
			return OPT_VERSION;
		if (c == '?' || c == ':')
			return bad_option(c, argv);
		o = row_of(prog, c);
		if (o->set(o, optarg) < 0) {
			refuse(o);
			return OPT_BAD;
		}
	}
	return optind;
}

void
opt_usage(FILE *f, const struct program *prog)
{
	const struct opt *o;
	char left[80];

	fprintf(f, "usage: %s [OPTION...] %s\n%s.\n\n", prog->name, prog->operands, prog->summary);
	for (o = prog->opts; o->help; o++) {
		int n = 0;

		if (o->set == opt_elsewhere)
			continue;
		if (o->letter)
			n += snprintf(left, sizeof left, "-%c", o->letter);
		if (o->name)
			n += snprintf(left + n, sizeof left - (size_t)n, "%s--%s",
			              n ? ", " : "    ", o->name);
		if (o->arg)
			snprintf(left + n, sizeof left - (size_t)n, "%s%s",
			         *o->arg == '[' ? "" : " ", o->arg);
		fprintf(f, "  %-26s %s\n", left, o->help);
	}
	fprintf(f, "  %-26s %s\n  %-26s %s\n", "-h, --help", "print this and exit", "-V, --version",
	        "print the version and exit");
}
