/*
 * mkstream: writes a pystream(5) without a Python, for tests and bench.
 *
 *   mkstream [-z LEVEL] < TEXT           what the text says, a line per record
 *   mkstream -n SAMPLES [-k AGAIN] [-d DEPTH] [-f FUNCTIONS] [-t THREADS] [-z LEVEL]
 *                                        the same stacks every time, about DEPTH deep; from the
 *                                        start after every AGAIN, else hardly one comes twice
 *
 *   -e says the header of the example in pystream(5) rather than what holds here and now.
 *
 * Lines of TEXT (# and empty ones are skipped):
 *   KIND PID TID TIME PERIOD TICKS STATE [FRAME;FRAME...]   root first; KIND cpu, idle, await
 *        FRAME is `func (file:line)` or `func@firstline (file:line)`, or `[marker]`
 *        STATE is - or words joined by +: gil wait gc preempted retried stopped torn, interpN
 *   comm PID TID TIME NAME    exec PID TID TIME NAME    fork PID PPID TIME    exit PID PPID TIME
 *   lost PID TID TICKS TIME    round    forget    root N (of the files named from here on)
 */
#include "stream/writer.h"
#include "base/err.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DEPTH_MAX = 8192 };

static uint32_t root;

static uint64_t
frame(struct writer *w, char *text)
{
	struct wsymbol s = {.func = text, .file = "", .firstline = 1};
	char *open = strrchr(text, '('), *colon = strrchr(text, ':'), *at = strrchr(text, '@');
	uint32_t line = 0;

	if (open && colon && open < colon && open > text) {
		open[-1] = '\0';
		*colon = '\0';
		s.file = open + 1;
		s.root = root;
		line = (uint32_t)strtoul(colon + 1, NULL, 10);
	}
	if (at && (!open || at < open)) {
		*at = '\0';
		s.firstline = (uint32_t)strtoul(at + 1, NULL, 10);
	}
	s.base = s.firstline;
	s.func_len = strlen(s.func);
	s.file_len = strlen(s.file);
	return writer_ip(writer_symbol(w, &s), s.base, line);
}

static uint16_t
state(char *text, uint16_t *interp)
{
	static const struct {
		const char *word;
		uint16_t bits;
	} words[] = {{"gil", STATE_GIL},         {"wait", STATE_GIL_WAIT},
	             {"gc", STATE_GC},           {"preempted", STATE_PREEMPTED},
	             {"retried", STATE_RETRIED}, {"stopped", STATE_STOPPED},
	             {"torn", STATE_TORN}};
	uint16_t bits = 0;
	char *word, *save;
	size_t i;

	for (word = strtok_r(text, "+-", &save); word; word = strtok_r(NULL, "+-", &save)) {
		if (!strncmp(word, "interp", 6)) {
			*interp = (uint16_t)atoi(word + 6);
			continue;
		}
		for (i = 0; i < sizeof words / sizeof *words && strcmp(word, words[i].word); i++)
			;
		if (i == sizeof words / sizeof *words)
			errx(2, "no such state: %s", word);
		bits |= words[i].bits;
	}
	return bits;
}

static void
sample_line(struct writer *w, enum kind kind, const char *args)
{
	static uint64_t ips[DEPTH_MAX];
	struct wsample s = {.kind = kind, .ips = ips};
	char word[256] = "", *frames, *f, *save;
	unsigned long long time, period;
	int end = 0;
	size_t i;
	uint64_t t;

	if (sscanf(args, "%u %u %llu %llu %u %255s %n", &s.pid, &s.tid, &time, &period, &s.ticks,
	           word, &end) < 6)
		errx(2, "not a sample: %s", args);
	s.time = time;
	s.period = period;
	s.state = state(word, &s.interp);
	frames = strdup(args + end);
	for (f = strtok_r(frames, ";", &save); f; f = strtok_r(NULL, ";", &save)) {
		if (s.n == DEPTH_MAX)
			errx(2, "too deep");
		ips[s.n++] = frame(w, f);
	}
	for (i = 0; i < s.n / 2; i++) {
		t = ips[i];
		ips[i] = ips[s.n - 1 - i];
		ips[s.n - 1 - i] = t;
	}
	writer_sample(w, &s);
	free(frames);
}

static void
text_line(struct writer *w, char *line)
{
	static const char *const kinds[] = {"cpu", "idle", "await"};
	unsigned long long n, time;
	unsigned a, b;
	char word[16];
	int end = 0;
	size_t i;

	if (sscanf(line, "%15s %n", word, &end) < 1 || *word == '#')
		return;
	line += end;
	for (i = 0; i < 3; i++) {
		if (!strcmp(word, kinds[i])) {
			sample_line(w, (enum kind)i, line);
			return;
		}
	}
	if (!strcmp(word, "round")) {
		if (writer_round(w) < 0)
			errx(1, "%s", err_why());
	} else if (!strcmp(word, "forget")) {
		writer_forget(w);
	} else if (!strcmp(word, "root")) {
		root = (uint32_t)atoi(line);
	} else if (!strcmp(word, "lost") &&
	           sscanf(line, "%u %u %llu %llu", &a, &b, &n, &time) == 4) {
		writer_lost(w, a, b, time, n);
	} else if (sscanf(line, "%u %u %llu %n", &a, &b, &time, &end) < 3) {
		errx(2, "not a record: %s %s", word, line);
	} else if (!strcmp(word, "comm") || !strcmp(word, "exec")) {
		writer_comm(w, a, b, time, line + end, *word == 'e');
	} else if (!strcmp(word, "fork")) {
		writer_fork(w, a, b, a, b, time);
	} else if (!strcmp(word, "exit")) {
		writer_exit(w, a, b, a, b, time);
	} else {
		errx(2, "not a record: %s", word);
	}
}

enum { SEED = 42 };
static uint64_t seed = SEED;

static unsigned
roll(unsigned n)
{
	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

/*
 * A walk: each sample keeps most of the stack of the one before it in its thread and calls from
 * there. A function calls one of eight others, at a line of its own for each.
 */
static void
walk(struct writer *w, unsigned long samples, unsigned depth, unsigned functions, unsigned threads,
     unsigned long again)
{
	struct {
		unsigned f[2 * DEPTH_MAX], call[2 * DEPTH_MAX], n;
	} *stack = calloc(threads, sizeof *stack), *t;
	uint64_t *addr = calloc(functions, sizeof *addr), ips[DEPTH_MAX];
	char func[64], file[128];
	unsigned long i;
	unsigned k, want;

	for (i = 0; i < samples; i++) {
		if (again && i % again == 0) {
			seed = SEED;
			for (k = 0; k < threads; k++)
				stack[k].n = 0;
		}
		t = &stack[i % threads];
		want = depth / 2 + roll(depth + 1);
		if (!want)
			want = 1;
		k = roll(8);
		t->n = t->n > k ? t->n - k : 0;
		if (t->n > want)
			t->n = want;
		for (; t->n < want; t->n++) {
			t->call[t->n] = roll(8);
			t->f[t->n] =
			    t->n ? (t->f[t->n - 1] * 8 + t->call[t->n] + 1) % functions : 0;
		}
		for (k = 0; k < t->n; k++) {
			unsigned f = t->f[k];

			if (!addr[f]) {
				struct wsymbol s = {.func = func, .file = file};

				s.func_len = (size_t)snprintf(func, sizeof func,
				                              "Class%u.method_%u", f % 97, f);
				s.file_len = (size_t)snprintf(
				    file, sizeof file,
				    "/usr/lib/python3.11/site-packages/package%u/module_%u.py",
				    f % 7, f % 97);
				s.firstline = s.base = f % 1000 + 1;
				addr[f] = writer_symbol(w, &s);
			}
			ips[t->n - 1 - k] =
			    writer_ip(addr[f], f % 1000 + 1,
			              f % 1000 + 2 + (k + 1 < t->n ? t->call[k + 1] : roll(8)));
		}
		writer_sample(w, &(struct wsample){.kind = KIND_CPU,
		                                   .pid = 1000,
		                                   .tid = 1000 + (uint32_t)(i % threads),
		                                   .time = 1000000000 + i / threads * 1000000,
		                                   .period = 1000000,
		                                   .ticks = 1,
		                                   .state = STATE_GIL,
		                                   .ips = ips,
		                                   .n = t->n});
		if (i % 100 == 99 && writer_round(w) < 0)
			errx(1, "%s", err_why());
	}
	free(stack);
	free(addr);
}

int
main(int argc, char **argv)
{
	unsigned long samples = 0, again = 0;
	unsigned depth = 30, functions = 3000, threads = 1;
	static const struct worigin page = {.hz = 100,
	                                    .arch = "x86_64",
	                                    .program = "pyrec 1",
	                                    .wall_ns = 1700000000000000000,
	                                    .time_ns = 1000000};
	bool example = false;
	int c, zlevel = 0;
	struct writer *w;
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	while ((c = getopt(argc, argv, "ek:n:d:f:t:z:")) != -1) {
		switch (c) {
		case 'e':
			example = true;
			break;
		case 'k':
			again = strtoul(optarg, NULL, 10);
			break;
		case 'n':
			samples = strtoul(optarg, NULL, 10);
			break;
		case 'd':
			depth = (unsigned)atoi(optarg);
			break;
		case 'f':
			functions = (unsigned)atoi(optarg);
			break;
		case 't':
			threads = (unsigned)atoi(optarg);
			break;
		case 'z':
			zlevel = atoi(optarg);
			break;
		default:
			return 2;
		}
	}
	if (isatty(1) || depth > DEPTH_MAX / 2 || !functions || !threads)
		errx(2, "not to a terminal, depth up to %d", DEPTH_MAX / 2);
	w = example ? writer_open_as(1, zlevel, &page) : writer_open(1, zlevel, 1000);
	if (samples)
		walk(w, samples, depth, functions, threads, again);
	while (!samples && (n = getline(&line, &cap, stdin)) > 0) {
		if (line[n - 1] == '\n')
			line[n - 1] = '\0';
		text_line(w, line);
	}
	free(line);
	if (writer_close(w) < 0)
		errx(1, "%s", err_why());
	return 0;
}
