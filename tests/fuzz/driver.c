/*
 * driver: a stand-in for libFuzzer, where clang lacks it. Takes libFuzzer's arguments that
 * tests/fuzz/run gives, ignores the rest, and calls the entry with the seeds and with mutants of
 * them (bits, bytes, lengths, cuts, copies, splices) until the time is over. No feedback from the
 * code, so it finds less. An input that crashes is left in PREFIXcrash.
 */
#include <dirent.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

enum { MAX_LEN = 65536, MAX_SEEDS = 4096 };

static struct seed {
	uint8_t *p;
	size_t len;
} seeds[MAX_SEEDS];
static size_t nseeds;

static uint8_t *input; /* what the entry is given; still there when it crashes */
static size_t input_len;
static const char *prefix = "";
static uint64_t state = 88172645463325252u;

static size_t
below(size_t n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return n ? state % n : 0;
}

static void
add_seed(const char *dir, const char *name)
{
	struct seed *s = &seeds[nseeds];
	char path[4096];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	if (*name == '.' || nseeds == MAX_SEEDS || !(f = fopen(path, "rb")))
		return;
	s->p = malloc(MAX_LEN);
	s->len = s->p ? fread(s->p, 1, MAX_LEN, f) : 0;
	fclose(f);
	nseeds++;
}

static void
add_seeds(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	while (d && (e = readdir(d)))
		add_seed(dir, e->d_name);
	if (d)
		closedir(d);
}

/* One change to input[0..len); the new length. */
static size_t
mutate(size_t len)
{
	static const uint8_t odd[] = {0, 1, 0x7f, 0x80, 0xff, ';', '\n', ' ', '\\', 8, 24, 64};
	size_t at = below(len), n = 1 + below(below(8) ? 16 : 512);
	const struct seed *other;

	if (!len)
		return below(64);
	if (n > len - at)
		n = len - at;
	switch (below(7)) {
	case 0:
		input[at] ^= (uint8_t)(1u << below(8));
		break;
	case 1:
		input[at] = odd[below(sizeof odd)];
		break;
	case 2:
		input[at] = (uint8_t)(input[at] + below(3) - 1);
		break;
	case 3: /* a length or a count, little endian */
		memset(input + at, below(2) ? 0xff : 0, n < 8 ? n : 8);
		break;
	case 4:
		memmove(input + at, input + at + n, len - at - n);
		return len - n;
	case 5:
		if (len + n > MAX_LEN)
			break;
		memmove(input + at + n, input + at, len - at);
		return len + n;
	default:
		other = &seeds[below(nseeds)];
		n = n < other->len ? n : other->len;
		if (n)
			memcpy(input + at, other->p + below(other->len - n + 1), n);
	}
	return len;
}

/* In a block of exactly its length, so that ASan sees a read past its end. */
static void
run(size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);

	input_len = len;
	if (!copy)
		exit(1);
	memcpy(copy, input, len);
	LLVMFuzzerTestOneInput(copy, len);
	free(copy);
}

static void
save(void)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof path, "%scrash", prefix);
	if ((f = fopen(path, "wb"))) {
		fwrite(input, 1, input_len, f);
		fclose(f);
	}
}

static void
crashed(int sig)
{
	save();
	signal(sig, SIG_DFL);
	raise(sig);
}

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Sanitizers end the process by _exit after their report; this runs before that. */
void __asan_on_error(void);
void
__asan_on_error(void)
{
	save();
}

int
main(int argc, char **argv)
{
	static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGALRM};
	double end, seconds = 1;
	unsigned long runs = 0;
	size_t i, len, times;

	for (i = 1; i < (size_t)argc; i++) {
		if (!strncmp(argv[i], "-max_total_time=", 16))
			seconds = atof(argv[i] + 16);
		else if (!strncmp(argv[i], "-artifact_prefix=", 17))
			prefix = argv[i] + 17;
		else if (*argv[i] != '-')
			add_seeds(argv[i]);
	}
	if (!nseeds) {
		seeds[0].p = malloc(1);
		nseeds = 1;
	}
	for (i = 0; i < sizeof fatal / sizeof *fatal; i++)
		signal(fatal[i], crashed);
	input = calloc(1, MAX_LEN);
	if (!input)
		return 1;
	end = now() + seconds;
	for (i = 0; now() < end; i++, runs++) {
		const struct seed *s = &seeds[i % nseeds];

		memcpy(input, s->p, len = s->len);
		for (times = i < nseeds ? 0 : 1 + below(8); times > 0; times--)
			len = mutate(len);
		alarm(10);
		run(len);
	}
	printf("fuzz: %lu runs over %zu seeds\n", runs, nseeds);
	return 0;
}
