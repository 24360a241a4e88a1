/*
 * Folding, with events made by hand: reader_frame() here stands in for the reader's.
 */
#include "tests/unit/unit.h"
#include "model/fold.h"
#include "render/folded.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct frame frames[512];
static uint32_t nframes;

const struct frame *
reader_frame(const struct reader *r, uint32_t id)
{
	(void)r;
	ck_assert_uint_lt(id, nframes);
	return &frames[id];
}

static uint32_t
python(const char *func, const char *file, uint32_t first, uint32_t line)
{
	frames[nframes] =
	    (struct frame){.func = func, .file = file, .firstline = first, .line = line};
	return nframes++;
}

static void
no_frames(void)
{
	nframes = 0;
}

static const struct fold_opts plain = {.time = {-INFINITY, INFINITY}};

/* The stacks as text; the caller frees. */
static char *
text_of(const struct stacks *s)
{
	char *text;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	ck_assert_int_eq(folded_write(f, s), 0);
	fclose(f);
	return text;
}

/* Folds n events and compares with what is wanted. */
static void
folds_to(const struct fold_opts *o, const struct event *ev, size_t n, const char *want)
{
	struct fold *f = fold_new(o);
	char *text;
	size_t i;

	fold_begin(f, NULL);
	for (i = 0; i < n; i++)
		ck_assert_int_eq(fold_event(f, &ev[i]), 0);
	text = text_of(fold_end(f));
	ck_assert_str_eq(text, want);
	free(text);
	fold_free(f);
}

#define FOLDS_TO(opts, events, want) folds_to(opts, events, sizeof(events) / sizeof *(events), want)
#define CHAIN(...)                                                                                 \
	.frames = (const uint32_t[]){__VA_ARGS__},                                                 \
	.nframes = sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t)

/* ---- spelling ---- */

static const struct {
	const char *file;
	uint32_t root;
	const char *want;
} path_rows[] = {
    {"/home/u/app/pkg/mod.py", 12, "pkg/mod.py"},
    {"/home/u/app/pkg/mod.py", 11, "pkg/mod.py"},
    {"/home/u/app/pkg/mod.py", 0, "mod.py"},
    /* A root that ends no directory, leaves nothing, or lies outside is no root. */
    {"/home/u/app/pkg/mod.py", 13, "mod.py"},
    {"/home/u/app/pkg/mod.py", 22, "mod.py"},
    {"/home/u/app/pkg/mod.py", 4000000000, "mod.py"},
    {"/app/", 5, "/app/"},
    {"", 1, ""},
    {"/usr/lib/python3.11/json/decoder.py", 20, "lib/python3.11/json/decoder.py"},
    {"/usr/lib64/python3.9/re.py", 0, "lib64/python3.9/re.py"},
    {"/opt/lib/python3.13t/re.py", 0, "lib/python3.13t/re.py"},
    {"/usr/lib/python3/dist-packages/apt/x.py", 0, "dist-packages/apt/x.py"},
    {"/v/lib/python3.12/site-packages/numpy/core/n.py", 33, "site-packages/numpy/core/n.py"},
    {"/site-packages/x/lib/python3.8/re.py", 0, "site-packages/x/lib/python3.8/re.py"},
    {"/a/site-packages/b/site-packages/c.py", 0, "site-packages/c.py"},
    {"/a/site-packages/b/dist-packages/c.py", 0, "dist-packages/c.py"},
    {"site-packages/c.py", 0, "site-packages/c.py"},
    {"lib/python3.8/re.py", 0, "lib/python3.8/re.py"},
    /* Only whole directories count. */
    {"/my-site-packages/c.py", 0, "c.py"},
    {"/a/site-packages", 0, "site-packages"},
    {"/mylib/python3.8/re.py", 0, "re.py"},
    {"/usr/lib/python3.8-config/x.py", 0, "x.py"},
    {"/usr/lib/python3/x.py", 0, "x.py"},
    {"/usr/lib/python3./x.py", 0, "x.py"},
    {"/usr/lib/python3.8", 0, "python3.8"},
    {"<frozen importlib._bootstrap>", 0, "<frozen importlib._bootstrap>"},
    {"<string>", 3, "<string>"},
    {"<a/b>", 3, "<a/b>"},
    {"x.py", 0, "x.py"},
};

START_TEST(paths)
{
	ck_assert_str_eq(label_path(path_rows[_i].file, path_rows[_i].root), path_rows[_i].want);
}
END_TEST

static void
spelled(struct frame f, unsigned flags, const char *want)
{
	struct buf b = {0};

	label_frame(&b, &f, flags);
	buf_char(&b, '\0');
	ck_assert_str_eq(b.p, want);
	buf_free(&b);
}

START_TEST(spelling)
{
	struct frame f = {
	    .func = "A.run", .file = "/srv/app/x.py", .root = 5, .firstline = 3, .line = 9};
	struct frame lib = {
	    .func = "qsort", .file = "/lib/libc.so.6", .addr = 0xbeef, .kind = FRAME_NATIVE};

	spelled(f, 0, "A.run (app/x.py:9)");
	spelled(f, LABEL_FUNCTION, "A.run (app/x.py:3)");
	spelled(f, LABEL_FULL_PATH, "A.run (/srv/app/x.py:9)");
	f.line = 0;
	spelled(f, 0, "A.run (app/x.py)");
	f.firstline = 0;
	spelled(f, LABEL_FUNCTION, "A.run (app/x.py)");
	f.func = "";
	spelled(f, 0, "[unknown] (app/x.py)");
	spelled((struct frame){.func = "[torn]", .file = ""}, 0, "[torn]");
	spelled((struct frame){.func = "f", .file = "", .line = 2}, 0, "f");

	spelled(lib, 0, "qsort ([libc.so.6])");
	spelled(lib, LABEL_FUNCTION, "qsort ([libc.so.6])");
	spelled(lib, LABEL_FULL_PATH, "qsort ([/lib/libc.so.6])");
	lib.func = "";
	spelled(lib, 0, "0xbeef ([libc.so.6])");
	lib.file = "[vdso]";
	spelled(lib, 0, "0xbeef ([vdso])");
	lib.file = "";
	spelled(lib, 0, "[unknown]");
	lib.func = "start";
	spelled(lib, 0, "start");
	lib.kind = FRAME_KERNEL;
	spelled(lib, 0, "start ([kernel])");
	lib.file = "[kernel.kallsyms]_text";
	spelled(lib, 0, "start ([kernel])");
	lib.file = "[ext4]";
	spelled(lib, 0, "start ([ext4])");
	lib.func = lib.file = "";
	spelled(lib, 0, "0xbeef ([kernel])");
	spelled((struct frame){.func = "", .file = "", .addr = 5, .kind = FRAME_UNKNOWN}, 0,
	        "[unknown]");
}
END_TEST

/* ---- weights and filters ---- */

START_TEST(weights)
{
	uint32_t main_ = python("main", "a.py", 1, 5), f1 = python("f", "a.py", 2, 3),
	         f2 = python("f", "a.py", 2, 4);
	struct fold_opts o = plain;
	struct event ev[] = {
	    {.event = "py-cpu", .ticks = 2, .period = 2000, CHAIN(f1, main_)},
	    {.event = "py-cpu", .ticks = 1, .period = 1500, CHAIN(f2, main_)},
	    {.event = "py-cpu", .ticks = 4, .period = 4000, CHAIN(main_)},
	    {.event = "py-cpu", .ticks = 1, .period = 7},
	    {.event = "py-cpu", .ticks = 1, .period = 1000, CHAIN(f1, main_)},
	};

	FOLDS_TO(&o, ev,
	         "[unknown] 1\nmain (a.py:5) 4\nmain (a.py:5);f (a.py:3) 3\n"
	         "main (a.py:5);f (a.py:4) 1\n");
	o.labels = LABEL_FUNCTION;
	FOLDS_TO(&o, ev, "[unknown] 1\nmain (a.py:1) 4\nmain (a.py:1);f (a.py:2) 4\n");
	o.weight = FOLD_TIME;
	FOLDS_TO(&o, ev, "[unknown] 7\nmain (a.py:1) 4000\nmain (a.py:1);f (a.py:2) 4500\n");
}
END_TEST

static int
add_one(const struct fold_opts *o, struct event ev)
{
	struct fold *f = fold_new(o);
	int r;

	fold_begin(f, NULL);
	r = fold_event(f, &ev);
	fold_free(f);
	return r;
}

START_TEST(time_is_refused)
{
	struct fold_opts o = plain;

	o.weight = FOLD_TIME;
	ck_assert_int_eq(add_one(&o, (struct event){.event = "cycles:u", .kind = KIND_OTHER}), -1);
	ck_assert_ptr_nonnull(strstr(err_why(), "cycles:u"));
	ck_assert_int_eq(add_one(&o, (struct event){.event = "", .kind = KIND_OTHER}), -1);
	ck_assert_int_eq(add_one(&o, (struct event){.event = "cpu-clocks", .kind = KIND_OTHER}),
	                 -1);
	ck_assert_int_eq(add_one(&o, (struct event){.event = "cpu-clock", .kind = KIND_OTHER}), 0);
	ck_assert_int_eq(add_one(&o, (struct event){.event = "cpu-clock:pppH", .kind = KIND_OTHER}),
	                 0);
	ck_assert_int_eq(add_one(&o, (struct event){.event = "task-clock:u", .kind = KIND_OTHER}),
	                 0);
	/* An event that is not chosen has no say. */
	ck_assert_int_eq(add_one(&o, (struct event){.event = "py-alloc", .kind = KIND_ALLOC}), 0);
	o.events = "alloc";
	ck_assert_int_eq(add_one(&o, (struct event){.event = "py-alloc", .kind = KIND_ALLOC}), -1);
	ck_assert_ptr_nonnull(strstr(err_why(), "py-alloc"));
}
END_TEST

START_TEST(sum_must_fit)
{
	uint32_t f = python("f", "a.py", 1, 1);
	struct fold_opts o = plain;
	struct event ev = {.event = "py-cpu", .period = UINT64_MAX, CHAIN(f)};
	struct fold *fold;

	o.weight = FOLD_TIME;
	fold = fold_new(&o);
	fold_begin(fold, NULL);
	ck_assert_int_eq(fold_event(fold, &ev), 0);
	ck_assert_int_eq(fold_event(fold, &ev), -1);
	fold_free(fold);
}
END_TEST

START_TEST(filters)
{
	uint32_t a = python("a", "", 0, 0), b = python("b", "", 0, 0), c = python("c", "", 0, 0),
	         d = python("d", "", 0, 0), e = python("e", "", 0, 0), g = python("g", "", 0, 0);
	struct event ev[] = {
	    {.event = "py-cpu", .pid = 1, .tid = 1, .ticks = 1, .time = 5000000000, CHAIN(a)},
	    {.event = "py-idle",
	     .kind = KIND_IDLE,
	     .pid = 1,
	     .tid = 2,
	     .ticks = 1,
	     .time = 6000000000,
	     CHAIN(b)},
	    {.event = "py-cpu",
	     .pid = 1,
	     .tid = 2,
	     .ticks = 1,
	     .time = 6500000000,
	     CHAIN(c),
	     .state = STATE_GIL | STATE_STOPPED},
	    {.event = "cycles:u",
	     .kind = KIND_OTHER,
	     .pid = 3,
	     .tid = 4,
	     .ticks = 1,
	     .time = 7000000000,
	     CHAIN(d)},
	    {.event = "py-alloc",
	     .kind = KIND_ALLOC,
	     .pid = 1,
	     .tid = 1,
	     .ticks = 1,
	     .time = 7500000000,
	     CHAIN(e)},
	    /* Out of order: before the first sample. */
	    {.event = "py-cpu", .pid = 1, .tid = 1, .ticks = 1, .time = 4000000000, CHAIN(g)},
	};
	struct fold_opts o = plain;
	uint32_t ids[] = {2, 9};

	FOLDS_TO(&o, ev, "a 1\nc 1\nd 1\ng 1\n");
	o.idle = true;
	FOLDS_TO(&o, ev, "a 1\nb 1\nc 1\nd 1\ng 1\n");
	o.gil = true;
	FOLDS_TO(&o, ev, "c 1\n");
	o = plain;
	o.tids = (struct opt_numbers){.v = ids, .n = 2};
	FOLDS_TO(&o, ev, "c 1\n");
	o = plain;
	ids[0] = 3;
	o.pids = (struct opt_numbers){.v = ids, .n = 2};
	FOLDS_TO(&o, ev, "d 1\n");
	o = plain;
	o.time = (struct opt_range){0, 1.5};
	FOLDS_TO(&o, ev, "a 1\n");
	o.time = (struct opt_range){1.5, INFINITY};
	FOLDS_TO(&o, ev, "c 1\nd 1\n");
	o.time = (struct opt_range){-INFINITY, 0};
	FOLDS_TO(&o, ev, "g 1\n");
	o = plain;
	o.events = "py-alloc,cycles";
	FOLDS_TO(&o, ev, "d 1\ne 1\n");
	o.events = "idle";
	FOLDS_TO(&o, ev, "b 1\n");
	o.events = "cyc,py-,alloc,";
	o.idle = true;
	FOLDS_TO(&o, ev, "b 1\ne 1\n");
}
END_TEST

static void
remarks(const struct fold_opts *o, const struct event *ev, size_t n, const char *want)
{
	struct fold *f = fold_new(o);
	const char *got;
	size_t i;

	fold_begin(f, NULL);
	for (i = 0; i < n; i++)
		ck_assert_int_eq(fold_event(f, &ev[i]), 0);
	fold_end(f);
	got = fold_remark(f);
	ck_assert_str_eq(got ? got : "", want);
	fold_free(f);
}

START_TEST(remark)
{
	struct event ev[] = {{.event = "py-idle", .kind = KIND_IDLE, .ticks = 9, .pid = 1},
	                     {.event = "py-alloc", .kind = KIND_ALLOC, .ticks = 90, .pid = 2},
	                     {.event = "py-cpu", .ticks = 100, .pid = 1},
	                     {.type = EV_LOST, .lost = 1},
	                     {.type = EV_LOST, .lost = 2}};
	uint32_t one = 1;
	struct fold_opts o = plain;

	remarks(&o, ev, 0, "no samples in the stream");
	remarks(&o, ev, 1, "no sample chosen: 1 idle (-i adds them)");
	remarks(&o, ev, 2,
	        "no sample chosen: 1 of other events (-e py-alloc chooses such), 1 idle (-i adds "
	        "them)");
	remarks(&o, ev, 4, "");
	remarks(&o, ev, 5, "3 ticks were lost in recording, against 199 sampled");
	o.gil = true;
	o.pids = (struct opt_numbers){.v = &one, .n = 1};
	o.events = "alloc,cpu";
	remarks(&o, ev, 5,
	        "no sample chosen: 1 of other processes (--pid), 1 idle (-i adds them), "
	        "1 without the GIL (-g)");
}
END_TEST

/* ---- thread and process roots ---- */

#define COMM(p, t, name)                                                                           \
	{                                                                                          \
		.type = EV_COMM, .pid = p, .tid = t, .comm = name                                  \
	}
#define HIT(p, t, f)                                                                               \
	{                                                                                          \
		.event = "py-cpu", .pid = p, .tid = t, .ticks = 1, CHAIN(f)                        \
	}

START_TEST(thread_names)
{
	uint32_t f = python("f", "", 0, 0);
	struct fold_opts o = plain;
	struct event known[] = {COMM(1, 7, "worker"), HIT(1, 7, f), HIT(1, 8, f)};
	struct event later[] = {HIT(1, 7, f),        COMM(1, 7, "early"), HIT(1, 7, f),
	                        COMM(1, 7, "late"),  HIT(1, 7, f),        HIT(1, 7, f),
	                        COMM(1, 7, "early"), HIT(1, 7, f)};
	struct event reused[] = {
	    HIT(1, 7, f),
	    COMM(1, 7, "old"),
	    {.type = EV_EXIT, .pid = 1, .tid = 7, .time = 10},
	    /* Late, but from before the exit. */
	    {.event = "py-cpu", .pid = 1, .tid = 7, .ticks = 5, .time = 9, CHAIN(f)},
	    {.event = "py-cpu", .pid = 1, .tid = 7, .ticks = 1, .time = 20, CHAIN(f)}};
	struct event renamed[] = {
	    HIT(1, 7, f), COMM(1, 7, "old"), {.type = EV_EXIT, .pid = 1, .tid = 7, .time = 0},
	    HIT(1, 7, f), COMM(1, 7, "new"), HIT(1, 7, f)};

	struct event unseen[] = {COMM(1, 7, "old"),
	                         {.type = EV_EXIT, .pid = 1, .tid = 7},
	                         COMM(1, 7, "new"),
	                         HIT(1, 7, f)};
	struct event twice[] = {HIT(1, 7, f), COMM(1, 7, "first"), COMM(1, 7, "second")};
	struct event forked[] = {COMM(1, 1, "main"),
	                         COMM(1, 7, "old"),
	                         HIT(1, 7, f),
	                         {.type = EV_FORK, .ppid = 1, .pid = 1, .tid = 7},
	                         HIT(1, 7, f)};

	o.threads = true;
	FOLDS_TO(&o, unseen, "thread (7): new;f 1\n");
	FOLDS_TO(&o, twice, "thread (7): first;f 1\n");
	FOLDS_TO(&o, forked, "thread (7): main;f 1\nthread (7): old;f 1\n");
	FOLDS_TO(&o, known, "thread (7): worker;f 1\nthread (8);f 1\n");
	FOLDS_TO(&o, later, "thread (7): early;f 3\nthread (7): late;f 2\n");
	FOLDS_TO(&o, reused, "thread (7): old;f 6\nthread (7);f 1\n");
	FOLDS_TO(&o, renamed, "thread (7): new;f 2\nthread (7): old;f 1\n");
}
END_TEST

START_TEST(process_names)
{
	uint32_t f = python("f", "", 0, 0);
	struct fold_opts o = plain;
	struct event ev[] = {
	    HIT(1, 2, f),
	    COMM(1, 2, "thread's"),
	    COMM(1, 1, "python3"),
	    /* A child under its parent's name, then with a name of its own. */
	    {.type = EV_FORK, .ppid = 1, .pid = 5, .tid = 5},
	    HIT(5, 5, f),
	    {.type = EV_FORK, .ppid = 1, .pid = 6, .tid = 6},
	    HIT(6, 6, f),
	    COMM(6, 6, "job"),
	    HIT(6, 6, f),
	    HIT(9, 9, f),
	};

	o.processes = true;
	FOLDS_TO(&o, ev, "job (6);f 2\nprocess (9);f 1\npython3 (1);f 1\npython3 (5);f 1\n");
	o.threads = true;
	FOLDS_TO(&o, ev,
	         "job (6);thread (6): job;f 2\nprocess (9);thread (9);f 1\n"
	         "python3 (1);thread (2): thread's;f 1\npython3 (5);thread (5): python3;f 1\n");
}
END_TEST

START_TEST(joined_streams_are_apart)
{
	uint32_t f = python("f", "", 0, 0), g = python("g", "", 0, 0);
	struct fold_opts o = plain;
	struct event ev[] = {
	    COMM(1, 7, "worker"),
	    {.event = "py-cpu", .pid = 1, .tid = 7, .ticks = 1, .time = 9000000000, CHAIN(f)},
	    {.event = "py-cpu", .pid = 1, .tid = 7, .ticks = 1, .time = 9500000000, CHAIN(g)},
	    {.type = EV_JOIN},
	    {.event = "py-cpu", .pid = 1, .tid = 7, .ticks = 1, .time = 5000000000, CHAIN(f)},
	    {.event = "py-cpu", .pid = 1, .tid = 7, .ticks = 1, .time = 5500000000, CHAIN(g)},
	};

	o.time.to = 0.5;
	FOLDS_TO(&o, ev, "f 2\n");
	o.threads = true;
	FOLDS_TO(&o, ev, "thread (7): worker;f 1\nthread (7);f 1\n");
}
END_TEST

/* What an id or a name means in one file says nothing of the next. */
START_TEST(files_are_apart)
{
	struct event named = COMM(1, 7, "worker");
	struct fold_opts o = plain;
	struct fold *f;
	char *text;
	uint32_t id = python("f", "", 0, 0);
	struct event hit = HIT(1, 7, id);

	o.threads = _i;
	f = fold_new(&o);
	fold_begin(f, NULL);
	fold_event(f, &named);
	fold_event(f, &hit);
	fold_begin(f, NULL);
	frames[id].func = "g";
	fold_event(f, &hit);
	text = text_of(fold_end(f));
	ck_assert_str_eq(text, _i ? "thread (7): worker;f 1\nthread (7);g 1\n" : "f 1\ng 1\n");
	free(text);
	fold_free(f);
}
END_TEST

/* ---- laws, on events made at random ---- */

enum { EVENTS = 4000, DEEP = 40, FUNCS = 12 };

struct script {
	struct event ev[EVENTS];
	uint32_t chain[EVENTS][DEEP];
};

/* A walk up and down a stack per thread, as real samples are. */
static struct script *
random_script(unsigned seed)
{
	static const char *const names[FUNCS] = {"a", "b", "c", "d", "e", "f",
	                                         "g", "h", "i", "j", "k", "l"};
	struct script *s = mem_new(1, sizeof *s);
	uint32_t stack[100][DEEP];
	size_t depth[100] = {0}, i, k;
	uint32_t base = nframes;

	srand(seed);
	for (i = 0; i < FUNCS * 3; i++)
		python(names[i / 3], "m.py", (uint32_t)(i / 3), (uint32_t)i);
	for (i = 0; i < EVENTS; i++) {
		struct event *ev = &s->ev[i];
		uint32_t t = (uint32_t)(rand() % (i % 2 ? 100 : 3));

		depth[t] -= depth[t] ? (size_t)rand() % depth[t] % 5 : 0;
		for (k = (size_t)rand() % 5; k && depth[t] < DEEP; k--)
			stack[t][depth[t]++] = base + (uint32_t)(rand() % (FUNCS * 3));
		for (k = 0; k < depth[t]; k++)
			s->chain[i][k] = stack[t][depth[t] - 1 - k];
		*ev = (struct event){.event = "py-cpu",
		                     .pid = t % 3,
		                     .tid = t,
		                     .time = i * 1000000,
		                     .ticks = (uint32_t)(rand() % 3),
		                     .period = (uint64_t)rand(),
		                     .state = (uint16_t)(rand() % 2),
		                     .frames = s->chain[i],
		                     .nframes = depth[t]};
		if (rand() % 4 == 0) {
			ev->kind = KIND_IDLE;
			ev->event = "py-idle";
		}
	}
	return s;
}

static struct fold *
fold_some(const struct fold_opts *o, const struct script *s, size_t from, size_t to)
{
	struct fold *f = fold_new(o);
	size_t i;

	fold_begin(f, NULL);
	for (i = from; i < to; i++)
		ck_assert_int_eq(fold_event(f, &s->ev[i]), 0);
	return f;
}

static uint64_t
sum(struct fold *f)
{
	const struct stacks *s = fold_end(f);
	uint64_t *total = stacks_totals(s), all = total[0];

	free(total);
	return all;
}

/* The same without kept paths: every chain from the root, every label spelled. */
static char *
slow_fold(const struct script *s, const struct fold_opts *o)
{
	struct stacks st;
	char *text;
	size_t i, k;

	stacks_init(&st);
	for (i = 0; i < EVENTS; i++) {
		const struct event *ev = &s->ev[i];
		struct buf b = {0};
		uint32_t node = 0;

		if (o->threads) {
			label_thread(&b, ev->tid, NULL);
			node = stacks_child(&st, 0, stacks_label(&st, b.p, b.len));
		}
		for (k = ev->nframes; k-- > 0;) {
			b.len = 0;
			label_frame(&b, &frames[ev->frames[k]], o->labels);
			node = stacks_child(&st, node, stacks_label(&st, b.p, b.len));
		}
		if (!ev->nframes)
			node = stacks_child(&st, node, stacks_label(&st, "[unknown]", 9));
		stacks_add(&st, node, ev->ticks);
		buf_free(&b);
	}
	text = text_of(&st);
	stacks_free(&st);
	return text;
}

START_TEST(kept_paths_change_nothing)
{
	struct script *s = random_script((unsigned)_i);
	struct fold_opts o = plain;
	struct fold *f;
	char *fast, *slow;

	o.idle = true;
	o.threads = _i & 1;
	o.labels = _i & 2 ? LABEL_FUNCTION : 0;
	f = fold_some(&o, s, 0, EVENTS);
	fast = text_of(fold_end(f));
	slow = slow_fold(s, &o);
	ck_assert_msg(!strcmp(fast, slow), "not the same stacks");
	free(fast);
	free(slow);
	fold_free(f);
	free(s);
}
END_TEST

START_TEST(sums)
{
	struct script *s = random_script((unsigned)_i);
	struct fold_opts o = plain;
	uint64_t ticks = 0, ns = 0;
	struct fold *f;
	size_t i;

	for (i = 0; i < EVENTS; i++) {
		ticks += s->ev[i].ticks;
		ns += s->ev[i].period;
	}
	o.idle = true;
	f = fold_some(&o, s, 0, EVENTS);
	ck_assert_uint_eq(sum(f), ticks);
	fold_free(f);
	o.weight = FOLD_TIME;
	o.labels = LABEL_FUNCTION;
	o.threads = o.processes = true;
	f = fold_some(&o, s, 0, EVENTS);
	ck_assert_uint_eq(sum(f), ns);
	fold_free(f);
	free(s);
}
END_TEST

/* Folding a joined stream is adding what its parts fold to. */
START_TEST(joining_is_adding)
{
	struct script *s = random_script((unsigned)_i);
	struct fold_opts o = plain;
	struct fold *whole, *part;
	struct stacks added;
	size_t cut[] = {0, (size_t)rand() % EVENTS, EVENTS}, i;
	char *a, *b;

	o.threads = true;
	whole = fold_some(&o, s, 0, EVENTS);
	stacks_init(&added);
	for (i = 0; i < 2; i++) {
		char *text;
		FILE *in;

		part = fold_some(&o, s, cut[i], cut[i + 1]);
		text = text_of(fold_end(part));
		if ((in = fmemopen(text, strlen(text), "r"))) {
			ck_assert_int_eq(folded_read(in, "part", &added), 0);
			fclose(in);
		}
		free(text);
		fold_free(part);
	}
	a = text_of(fold_end(whole));
	b = text_of(&added);
	ck_assert_msg(!strcmp(a, b), "not the same stacks");
	free(a);
	free(b);
	stacks_free(&added);
	fold_free(whole);
	free(s);
}
END_TEST

Suite *
unit_suite(void)
{
	Suite *s = suite_create("fold");
	TCase *t = tcase_create("label");

	tcase_add_loop_test(t, paths, 0, sizeof path_rows / sizeof *path_rows);
	tcase_add_test(t, spelling);
	suite_add_tcase(s, t);
	t = tcase_create("fold");
	tcase_add_checked_fixture(t, no_frames, NULL);
	tcase_add_test(t, weights);
	tcase_add_test(t, time_is_refused);
	tcase_add_test(t, sum_must_fit);
	tcase_add_test(t, filters);
	tcase_add_test(t, remark);
	tcase_add_test(t, thread_names);
	tcase_add_test(t, process_names);
	tcase_add_test(t, joined_streams_are_apart);
	tcase_add_loop_test(t, files_are_apart, 0, 2);
	suite_add_tcase(s, t);
	t = tcase_create("laws");
	tcase_add_checked_fixture(t, no_frames, NULL);
	tcase_add_loop_test(t, kept_paths_change_nothing, 0, 8);
	tcase_add_loop_test(t, sums, 0, 4);
	tcase_add_loop_test(t, joining_is_adding, 0, 4);
	suite_add_tcase(s, t);
	return s;
}
