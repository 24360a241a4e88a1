/*
 * linescheck: reads what codelines.py prints and compares our decoding with every line of it:
 * lines_at(), the runs as code_line() searches them, and the base. "code N byte M: ..." for what
 * differs, and exit 1; else "codes C instructions I".
 */
#include "base/buf.h"
#include "cpython/code.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct known {
	enum line_style style;
	struct buf table;
	struct code code; /* firstline, base and runs */
};

static enum line_style
style_of(const char *name)
{
	return !strcmp(name, "lnotab") ? LINES_LNOTAB
	       : !strcmp(name, "310")  ? LINES_310
	                               : LINES_LOCATIONS;
}

static void
unhex(const char *s, struct buf *to)
{
	static const char digits[] = "0123456789abcdef";
	const char *high, *low;

	while (*s && (high = strchr(digits, s[0])) && s[1] && (low = strchr(digits, s[1]))) {
		buf_char(to, (char)((high - digits) << 4 | (low - digits)));
		s += 2;
	}
}

/* lines_at() reads the table from its start: only where `both` says. A differing line is one more
 * fault; so is a base above it. */
static unsigned
check(const struct known *k, unsigned long code, int64_t off, uint32_t want, bool both)
{
	const unsigned char *table = (const unsigned char *)k->table.p;
	uint32_t run = code_line(&k->code, off), at = run;

	if (both)
		at = lines_at(k->style, table, k->table.len, k->code.firstline, off);

	if (at == want && run == want && (!want || k->code.base <= want))
		return 0;
	printf("code %lu byte %lld: at %u, run %u, base %u, the interpreter has %u\n", code,
	       (long long)off, at, run, k->code.base, want);
	return 1;
}

/* "LINExTIMES" after "LINExTIMES": how many instructions. */
static unsigned long
check_all(const struct known *k, unsigned long code, char *runs, unsigned *bad)
{
	unsigned long n = 0, i, times;
	unsigned line;
	char *word;

	*bad += check(k, code, -1, k->code.firstline, true);
	for (word = strtok(runs, " \n"); word && *bad < 20; word = strtok(NULL, " \n")) {
		if (sscanf(word, "%ux%lu", &line, &times) != 2)
			times = 0, ++*bad;
		for (i = 0; i < times && *bad < 20; i++, n++)
			*bad += check(k, code, (int64_t)n * 2, line, i == 0 || i == times - 1);
	}
	return n;
}

static void
load(struct known *k, const char *style, unsigned firstline, const char *hex)
{
	const unsigned char *table;
	size_t n;

	k->style = style_of(style);
	unhex(hex, &k->table);
	table = (const unsigned char *)k->table.p;
	k->code.firstline = firstline;
	k->code.runs = lines_runs(k->style, table, k->table.len, firstline, &n);
	k->code.nruns = (uint32_t)n;
	k->code.base = lines_base(k->style, table, k->table.len, firstline);
}

int
main(void)
{
	unsigned long codes = 0, instructions = 0;
	unsigned bad = 0, firstline;
	char *line = NULL, style[16];
	size_t size = 0;
	int hex, end;

	for (; bad < 20 && getline(&line, &size, stdin) > 0; codes++) {
		struct known k = {0};

		hex = end = 0;
		if (sscanf(line, "%15s %u %n%*s%n", style, &firstline, &hex, &end) < 2 || !end) {
			printf("code %lu: not understood\n", codes);
			return 1;
		}
		if (line[end])
			line[end++] = '\0';
		load(&k, style, firstline, line + hex);
		instructions += check_all(&k, codes, line + end, &bad);
		free(k.code.runs);
		buf_free(&k.table);
	}
	free(line);
	if (!bad)
		printf("codes %lu instructions %lu\n", codes, instructions);
	return bad ? 1 : 0;
}
