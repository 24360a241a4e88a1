/* lib/stream: what the writer writes, the reader reads. */
#include "tests/unit/streams.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <zstd.h>

/* Round trips */

struct made {
	struct event ev;
	char comm[64];
	size_t nframes;
	struct frame frames[64];
};

enum { MADE = 3000, FUNCTIONS = 300 };

static void
make_sample(struct writer *w, struct made *m, char (*names)[32])
{
	struct wsample s = {.kind = (enum kind)roll(3), .tid = roll(5), .ticks = roll(1000) + 1};
	uint64_t ips[64];
	struct wsymbol sym;
	struct frame *f;
	uint32_t k;

	s.pid = roll(3);
	s.time = (uint64_t)roll(1u << 30) * 1000;
	s.period = (uint64_t)roll(1u << 30) << 20;
	s.state = (uint16_t)roll(64);
	s.interp = (uint16_t)roll(3);
	s.ips = ips;
	s.n = roll(64);
	for (m->nframes = 0; m->nframes < s.n; m->nframes++) {
		k = roll(FUNCTIONS);
		f = &m->frames[m->nframes];
		*f = (struct frame){.func = names[k], .file = names[k / 10], .firstline = k};
		f->line = roll(4) ? k / 2 + roll(50) : 0;
		f->root = k % 3;
		sym = (struct wsymbol){.func = f->func, .file = f->file, .firstline = k};
		sym.base = k / 2;
		sym.root = f->root;
		sym.func_len = strlen(f->func);
		sym.file_len = strlen(f->file);
		ips[m->nframes] = writer_ip(writer_symbol(w, &sym), sym.base, f->line);
	}
	m->ev = (struct event){.type = EV_SAMPLE, .kind = s.kind, .ticks = s.ticks};
	m->ev.pid = s.pid;
	m->ev.tid = s.tid;
	m->ev.time = s.time;
	m->ev.period = s.period;
	m->ev.state = s.state;
	m->ev.interp = s.interp;
	writer_sample(w, &s);
}

static void
make_event(struct writer *w, struct made *m, char (*names)[32])
{
	struct event *ev = &m->ev;
	uint32_t which = roll(40);

	if (which > 5) {
		make_sample(w, m, names);
		return;
	}
	*ev = (struct event){.type = EV_ROUND};
	if (which == 5) {
		ck_assert_int_eq(writer_round(w), 0);
		return;
	}
	ev->type = which == 0 ? EV_LOST : which < 3 ? EV_COMM : which == 3 ? EV_FORK : EV_EXIT;
	ev->pid = roll(9);
	ev->tid = roll(9);
	ev->time = roll(1u << 30);
	if (ev->type == EV_LOST) {
		ev->lost = roll(1000) + 1;
		writer_lost(w, ev->pid, ev->tid, ev->time, ev->lost);
	} else if (ev->type == EV_COMM) {
		strcpy(m->comm, names[roll(FUNCTIONS)]);
		ev->exec = which == 2;
		writer_comm(w, ev->pid, ev->tid, ev->time, m->comm, ev->exec);
	} else if (ev->type == EV_FORK) {
		ev->ppid = roll(9);
		writer_fork(w, ev->pid, ev->ppid, ev->tid, 0, ev->time);
	} else {
		ev->ppid = roll(9);
		writer_exit(w, ev->pid, ev->ppid, ev->tid, 0, ev->time);
	}
}

static void
same_sample(struct reader *r, const struct event *ev, const struct made *m)
{
	static const char *const names[] = EVENT_NAMES;
	const struct frame *f, *want;
	size_t i;

	ck_assert_int_eq(ev->kind, m->ev.kind);
	ck_assert_str_eq(ev->event, names[m->ev.kind]);
	ck_assert_uint_eq(ev->period, m->ev.period);
	ck_assert_uint_eq(ev->ticks, m->ev.ticks);
	ck_assert_uint_eq(ev->state, m->ev.state);
	ck_assert_uint_eq(ev->interp, m->ev.interp);
	ck_assert_uint_eq(ev->nframes, m->nframes);
	for (i = 0; i < ev->nframes; i++) {
		f = reader_frame(r, ev->frames[i]);
		want = &m->frames[i];
		if (ev->frames[i] >= reader_nframes(r) || f->kind != FRAME_PYTHON ||
		    strcmp(f->func, want->func) || strcmp(f->file, want->file) ||
		    f->root != want->root || f->firstline != want->firstline ||
		    f->line != want->line)
			ck_abort_msg("frame %zu: %s (%s:%u)", i, f->func, f->file, f->line);
	}
}

static void
same_event(struct reader *r, const struct event *ev, const struct made *m)
{
	ck_assert_int_eq(ev->type, m->ev.type);
	ck_assert_uint_eq(ev->pid, m->ev.pid);
	ck_assert_uint_eq(ev->tid, m->ev.tid);
	ck_assert_uint_eq(ev->time, m->ev.time);
	ck_assert_uint_eq(ev->ppid, m->ev.ppid);
	ck_assert_uint_eq(ev->lost, m->ev.lost);
	if (ev->type == EV_COMM) {
		ck_assert_str_eq(ev->comm, m->comm);
		ck_assert_int_eq(ev->exec, m->ev.exec);
	}
	if (ev->type == EV_SAMPLE)
		same_sample(r, ev, m);
}

/* Whatever is written is read. */
START_TEST(round_trip)
{
	struct made *made = mem_new(MADE, sizeof *made);
	static char names[FUNCTIONS][32];
	struct event ev;
	struct writer *w;
	struct reader *r;
	struct buf b;
	int fd, i;

	seed = (uint64_t)_i;
	for (i = 0; i < FUNCTIONS; i++)
		sprintf(names[i], "n\xc3\xa4me %u.<locals>", roll(1000000) + 100000);
	w = begin_writing(&fd, levels[_i]);
	for (i = 0; i < MADE; i++)
		make_event(w, &made[i], names);
	b = end_writing(w, fd);
	fd = file_of(b.p, b.len);
	r = reader_open(fd, "x");
	for (i = 0; i < MADE; i++) {
		ck_assert_int_eq(reader_next(r, &ev), 1);
		same_event(r, &ev, &made[i]);
	}
	ck_assert_int_eq(reader_next(r, &ev), 1);
	ck_assert_int_eq(ev.type, EV_ROUND);
	ck_assert_int_eq(reader_next(r, &ev), 0);
	reader_close(r);
	close(fd);
	buf_free(&b);
	free(made);
}
END_TEST

START_TEST(counts_bytes)
{
	struct writer *w;
	uint64_t ip;
	int fd, i;

	w = begin_writing(&fd, levels[_i]);
	ck_assert_uint_eq(writer_bytes(w), 0);
	ip = symbol(w, "f", "/f.py", 1, 1);
	for (i = 0; i < 100; i++) {
		sample(w, (uint64_t)i * 1000, 1, &ip);
		ck_assert_uint_gt(writer_pending(w), 0);
		if (i % 10 == 0) {
			ck_assert_int_eq(writer_round(w), 0);
			ck_assert_uint_eq(writer_pending(w), 0);
			ck_assert_uint_eq(writer_bytes(w), (uint64_t)lseek(fd, 0, SEEK_END));
		}
	}
	ck_assert_int_eq(writer_close(w), 0);
	close(fd);
}
END_TEST

START_TEST(nothing_written)
{
	struct writer *w;
	struct buf b;
	int fd;

	w = begin_writing(&fd, levels[_i]);
	b = end_writing(w, fd);
	tells(&b, "round 0/0 0\nend\n");
	buf_free(&b);
}
END_TEST

/* Times are of whole microseconds, downwards. */
START_TEST(microseconds)
{
	struct writer *w;
	struct buf b;
	int fd;

	w = begin_writing(&fd, 0);
	sample(w, 1999, 0, NULL);
	b = end_writing(w, fd);
	tells(&b, "sample 7/8 1000 py-cpu 1000 ticks 1 state 0 interp 0 \nround 0/0 0\nend\n");
	buf_free(&b);
}
END_TEST

/* Symbols */

START_TEST(equal_symbols)
{
	static const struct wsymbol first = {"f", "/a.py", 1, 5, 0, 3, 3};
	struct wsymbol other[6];
	struct writer *v, *w;
	uint64_t a;
	int vfd, wfd, i;

	v = begin_writing(&vfd, 0);
	w = begin_writing(&wfd, 0);
	for (i = 0; i < 6; i++)
		other[i] = first;
	other[0].func = "g";
	other[1].file = "/b.py";
	other[2].firstline = 4;
	other[3].base = 2;
	other[4].root = 1;
	other[5].file_len = 4;
	a = writer_symbol(v, &first);
	ck_assert_uint_eq(a >> 62, 2);
	ck_assert_uint_eq(a & SYMBOL_LINE, 0);
	ck_assert_uint_eq(a, writer_symbol(v, &first));
	for (i = 0; i < 6; i++)
		ck_assert_uint_ne(writer_symbol(w, &other[i]), a);
	ck_assert_uint_eq(a, writer_symbol(w, &first));
	writer_close(v);
	writer_close(w);
	close(vfd);
	close(wfd);
}
END_TEST

START_TEST(defined_once)
{
	struct writer *w;
	size_t n;
	int fd;

	w = begin_writing(&fd, 0);
	symbol(w, "f", "/f.py", 1, 1);
	n = writer_pending(w);
	symbol(w, "f", "/f.py", 1, 1);
	ck_assert_uint_eq(writer_pending(w), n);
	writer_round(w);
	symbol(w, "f", "/f.py", 1, 1);
	ck_assert_uint_eq(writer_pending(w), 0);
	writer_close(w);
	close(fd);
}
END_TEST

START_TEST(collision)
{
	uint64_t a, b, ips[2];
	struct writer *w;
	struct buf out;
	int fd;

	w = begin_writing(&fd, 0);
	a = symbol(w, SAME_A, "/c.py", 1, 1);
	writer_forget(w);
	ck_assert_uint_eq(symbol(w, SAME_B, "/c.py", 1, 1), a);
	writer_forget(w);
	a = symbol(w, SAME_A, "/c.py", 1, 1);
	b = symbol(w, SAME_B, "/c.py", 1, 1);
	ck_assert_uint_eq(b, a + SYMBOL_SIZE);
	ck_assert_uint_eq(symbol(w, SAME_A, "/c.py", 1, 1), a);
	ck_assert_uint_eq(symbol(w, SAME_B, "/c.py", 1, 1), b);
	ips[0] = writer_ip(a, 1, 1);
	ips[1] = writer_ip(b, 1, 2);
	sample(w, 0, 2, ips);
	/* Forgotten, the other one may have the address first. */
	writer_forget(w);
	ck_assert_uint_eq(symbol(w, SAME_B, "/c.py", 1, 1), a);
	ips[0] = writer_ip(a, 1, 1);
	sample(w, 1000, 1, ips);
	out = end_writing(w, fd);
	tells(&out, "sample 7/8 0 py-cpu 1000 ticks 1 state 0 interp 0 "
	            "f4004081 (/c.py:2);f855405 (/c.py:1)\n"
	            "sample 7/8 1000 py-cpu 1000 ticks 1 state 0 interp 0 f4004081 (/c.py:1)\n"
	            "round 0/0 0\nend\n");
	buf_free(&out);
}
END_TEST

/* One that probes takes the place of one that hashes there. */
START_TEST(collision_next)
{
	struct writer *w;
	uint64_t a;
	int fd;

	w = begin_writing(&fd, 0);
	a = symbol(w, NEXT_A, "/c.py", 1, 1);
	ck_assert_uint_eq(symbol(w, NEXT_B, "/c.py", 1, 1), a + SYMBOL_SIZE);
	writer_close(w);
	close(fd);
}
END_TEST

START_TEST(lines)
{
	uint64_t a = SYMBOL_BIT | 5 << SYMBOL_SHIFT;

	ck_assert_uint_eq(writer_ip(a, 10, 0), a);
	ck_assert_uint_eq(writer_ip(a, 10, 9), a);
	ck_assert_uint_eq(writer_ip(a, 10, 10), a + 1);
	ck_assert_uint_eq(writer_ip(a, 10, 12), a + 3);
	ck_assert_uint_eq(writer_ip(a, 0, 1), a + 2);
	ck_assert_uint_eq(writer_ip(a, 1, SYMBOL_LINE - 1), a + SYMBOL_LINE - 1);
	ck_assert_uint_eq(writer_ip(a, 1, SYMBOL_LINE), a + SYMBOL_LINE);
	ck_assert_uint_eq(writer_ip(a, 1, UINT32_MAX), a + SYMBOL_LINE);
	ck_assert_uint_eq(writer_ip(a, 0, UINT32_MAX), a + SYMBOL_LINE);
}
END_TEST

/* The last line an address can tell, and one beyond it: none. */
START_TEST(lines_read)
{
	struct writer *w;
	uint64_t ips[3], a;
	struct buf b;
	int fd;

	w = begin_writing(&fd, 0);
	a = symbol(w, "f", "/f.py", 9, 5);
	ips[0] = writer_ip(a, 5, 5 + SYMBOL_LINE - 2);
	ips[1] = writer_ip(a, 5, 5 + SYMBOL_LINE - 1);
	ips[2] = writer_ip(a, 5, 0);
	sample(w, 0, 3, ips);
	b = end_writing(w, fd);
	tells(&b, "sample 7/8 0 py-cpu 1000 ticks 1 state 0 interp 0 "
	          "f (/f.py:0);f (/f.py:0);f (/f.py:1048578)\nround 0/0 0\nend\n");
	buf_free(&b);
}
END_TEST

START_TEST(table_full)
{
	struct writer *w;
	char name[32];
	int fd, i;

	w = begin_writing(&fd, 0);
	for (i = 0; i < WRITER_SYMBOLS; i++) {
		if (writer_full(w))
			ck_abort_msg("full with %d", i);
		sprintf(name, "f%d", i);
		symbol(w, name, "/f.py", 1, 1);
	}
	ck_assert(writer_full(w));
	writer_forget(w);
	ck_assert(!writer_full(w));
	writer_close(w);
	close(fd);
}
END_TEST

/* Names are data. What cannot be in a C string ends it. */
START_TEST(hostile_names)
{
	static const char *const names[] = {
	    "",
	    " ",
	    "a;b(c) \"d\" 'e'\t\n",
	    "<script>alert(1)</script>]]>",
	    "\xff\xfe\x80",
	    "\xed\xa0\x80",
	    "\xf0\x9f\x90\x8d.\xd0\xb8\xd0\xbc\xd1\x8f",
	    "\x01\x7f\x1b[31m",
	    "py::f:/f.py",
	};
	size_t n = sizeof names / sizeof *names, i;
	const struct frame *f;
	struct event ev;
	struct writer *w;
	struct reader *r;
	uint64_t ip;
	int fd;

	w = begin_writing(&fd, levels[_i]);
	for (i = 0; i < n; i++) {
		ip = symbol(w, names[i], names[n - 1 - i], 1, 1);
		sample(w, 1000, 1, &ip);
	}
	ck_assert_int_eq(writer_close(w), 0);
	lseek(fd, 0, SEEK_SET);
	r = reader_open(fd, "x");
	for (i = 0; i < n; i++) {
		ck_assert_int_eq(reader_next(r, &ev), 1);
		ck_assert_uint_eq(ev.nframes, 1);
		f = reader_frame(r, ev.frames[0]);
		ck_assert_str_eq(f->func, names[i]);
		ck_assert_str_eq(f->file, names[n - 1 - i]);
	}
	reader_close(r);
	close(fd);
}
END_TEST

START_TEST(nul_in_name)
{
	struct wsymbol s = {"a\0b", "/f\0.py", 3, 6, 6, 1, 1};
	struct writer *w;
	struct buf b;
	uint64_t ip;
	int fd;

	w = begin_writing(&fd, 0);
	ip = writer_symbol(w, &s);
	sample(w, 1000, 1, &ip);
	b = end_writing(w, fd);
	tells(&b, "sample 7/8 1000 py-cpu 1000 ticks 1 state 0 interp 0 a (/f:0)\n"
	          "round 0/0 0\nend\n");
	buf_free(&b);
}
END_TEST

/* Names of any length; two that differ beyond the cut are one. */
START_TEST(long_names)
{
	static const size_t lengths[] = {499, 500, 511, 512, 513, 4096, 8191, 8192, 8193, 100000};
	size_t n = sizeof lengths / sizeof *lengths, i, want;
	char *name = mem_new(100001, 1);
	const struct frame *f;
	struct event ev;
	struct writer *w;
	struct reader *r;
	uint64_t ip;
	int fd;

	w = begin_writing(&fd, 0);
	for (i = 0; i < 100000; i++)
		name[i] = "\xc3\xa9"[i & 1];
	for (i = 0; i < n; i++) {
		struct wsymbol s = {name, name, lengths[i], lengths[n - 1 - i], 0, 1, 1};

		ip = writer_symbol(w, &s);
		sample(w, 1000, 1, &ip);
	}
	ck_assert_int_eq(writer_close(w), 0);
	lseek(fd, 0, SEEK_SET);
	r = reader_open(fd, "x");
	for (i = 0; i < n; i++) {
		ck_assert_int_eq(reader_next(r, &ev), 1);
		f = reader_frame(r, ev.frames[0]);
		want = lengths[i] < 8192 ? lengths[i] : 8192;
		ck_assert_uint_eq(strlen(f->func), want);
		ck_assert(!memcmp(f->func, name, want));
		want = lengths[n - 1 - i] < 8192 ? lengths[n - 1 - i] : 8192;
		ck_assert_uint_eq(strlen(f->file), want);
	}
	reader_close(r);
	close(fd);
	free(name);
}
END_TEST

/* What stock tools are shown: KSYMBOL's name. */
static void
displays(const char *func, const char *file, const char *want)
{
	struct writer *w;
	const char *at;
	struct buf b;
	int fd;

	w = begin_writing(&fd, 0);
	writer_round(w);
	symbol(w, func, file, 1, 1);
	b = end_writing(w, fd);
	at = memmem(b.p, b.len, "\0\0\x10\0\2\0\0\0", 8);
	ck_assert_ptr_nonnull(at);
	ck_assert_str_eq(at + 8, want);
	buf_free(&b);
}

START_TEST(display_names)
{
	char func[1000] = "", file[1000] = "", want[1000] = "";
	int i;

	displays("f", "/a.py", "py::f:/a.py");
	displays("A.<locals>.f", "/my dir/a.py", "py::A.<locals>.f:/my_dir/a.py");
	displays("a;b(c)\"d\"'e'\t\n\x7f", "x", "py::a_b_c__d__e____:x");
	displays("[torn]", "", "[torn]");
	displays("[task a b]", "", "[task_a_b]");
	displays("\xd0\xb8", "\xd0\xbc", "py::\xd0\xb8:\xd0\xbc");
	/* 511 bytes: half of what is left for the function, the rest for the end of the file. */
	for (i = 0; i < 400; i++) {
		strcat(func, "\xc3\xa9");
		strcat(file, "\xc3\xa8");
	}
	strcpy(want, "py::");
	for (i = 0; i < 126; i++)
		strcat(want, "\xc3\xa9");
	strcat(want, ":");
	for (i = 0; i < 127; i++)
		strcat(want, "\xc3\xa8");
	displays(func, file, want);
}
END_TEST

START_TEST(deep)
{
	static const size_t depths[] = {0, 1, 127, 128, 4095, 4096, 4097, 100000};
	uint64_t *ips = mem_new(100000, sizeof *ips);
	const struct frame *root;
	struct event ev;
	struct writer *w;
	struct reader *r;
	size_t i, k;
	int fd;

	w = begin_writing(&fd, levels[_i]);
	ips[0] = symbol(w, "leaf", "/f.py", 1, 1);
	ips[1] = symbol(w, "f", "/f.py", 1, 1);
	for (i = 2; i < 100000; i++)
		ips[i] = ips[1];
	for (k = 0; k < 8; k++)
		sample(w, 1000, depths[k], ips);
	ck_assert_int_eq(writer_close(w), 0);
	lseek(fd, 0, SEEK_SET);
	r = reader_open(fd, "x");
	for (k = 0; k < 8; k++) {
		ck_assert_int_eq(reader_next(r, &ev), 1);
		if (depths[k] <= WRITER_DEPTH) {
			ck_assert_uint_eq(ev.nframes, depths[k]);
			continue;
		}
		ck_assert_uint_eq(ev.nframes, WRITER_DEPTH);
		ck_assert_str_eq(reader_frame(r, ev.frames[0])->func, "leaf");
		root = reader_frame(r, ev.frames[WRITER_DEPTH - 1]);
		ck_assert_str_eq(root->func, "[cut]");
		ck_assert_str_eq(root->file, "");
	}
	reader_close(r);
	close(fd);
	free(ips);
}
END_TEST

START_TEST(comm_names)
{
	struct writer *w;
	struct buf b;
	int fd;

	w = begin_writing(&fd, 0);
	writer_comm(w, 1, 2, 3, "Thread-1 (work)", false);
	writer_comm(w, 1, 2, 3, "", true);
	writer_comm(w, 1, 2, 3, "a\nb\x7f", false);
	writer_comm(w, 1, 2, 3,
	            "0123456789012345678901234567890123456789012345678901234567890\xc3\xa9\xc3\xa9",
	            false);
	b = end_writing(w, fd);
	tells(&b, "comm 1/2 3 Thread-1 (work)\ncomm 1/2 3 exec \ncomm 1/2 3 a_b_\n"
	          "comm 1/2 3 "
	          "0123456789012345678901234567890123456789012345678901234567890\xc3\xa9\n"
	          "round 0/0 0\nend\n");
	buf_free(&b);
}
END_TEST

/* Writing fails */

START_TEST(cannot_write)
{
	int full = open("/dev/full", O_WRONLY), pipes[2];
	struct writer *w;

	w = writer_open(full, levels[_i], 100);
	ck_assert_int_eq(writer_round(w), -1);
	ck_assert_int_eq(errno, ENOSPC);
	ck_assert_str_eq(err_why(), "write: No space left on device");
	ck_assert_uint_eq(writer_bytes(w), 0);
	ck_assert_int_eq(writer_close(w), -1);
	ck_assert_int_eq(errno, ENOSPC);
	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(pipe(pipes), 0);
	close(pipes[0]);
	w = writer_open(pipes[1], levels[_i], 100);
	ck_assert_int_eq(writer_round(w), -1);
	ck_assert_int_eq(errno, EPIPE);
	ck_assert_int_eq(writer_close(w), -1);
	close(full);
	close(pipes[1]);
}
END_TEST

/* What perf 6.1 relies on: a piece has parts of one frame only, and gives 1 to MMAP_LEN bytes. */
static void
check_piece(ZSTD_DCtx *z, const char *p, size_t n, size_t *content)
{
	static char out[MMAP_LEN + 1];
	ZSTD_inBuffer in = {p, n, 0};
	ZSTD_outBuffer to = {out, sizeof out, 0};
	size_t rc = ZSTD_decompressStream(z, &to, &in);

	ck_assert(!ZSTD_isError(rc));
	ck_assert_uint_eq(in.pos, n);
	ck_assert_uint_gt(to.pos, 0);
	ck_assert_uint_le(to.pos, MMAP_LEN);
	*content += to.pos;
	ck_assert_uint_le(*content, FRAME_CONTENT);
	if (!rc)
		*content = 0;
}

START_TEST(frames_bounded)
{
	ZSTD_DCtx *z = ZSTD_createDCtx();
	size_t content = 0, pieces = 0, i;
	uint64_t ips[1000], s = 1;
	struct writer *w;
	uint16_t size;
	uint32_t type;
	struct buf b;
	int fd, k;

	w = begin_writing(&fd, _i ? 19 : 1);
	for (k = 0; k < 1000; k++) {
		for (i = 0; i < 1000; i++) {
			s = s * UINT64_C(6364136223846793005) + 1;
			ips[i] = SYMBOL_BIT | (k < 300 ? s >> 20 : i);
		}
		sample(w, (uint64_t)k * 1000, 1000, ips);
		if (k == 700 || (k > 700 && k % 100 == 0))
			ck_assert_int_eq(writer_round(w), 0);
	}
	b = end_writing(w, fd);
	for (i = 16; i < b.len; i += size) {
		memcpy(&type, b.p + i, 4);
		memcpy(&size, b.p + i + 6, 2);
		if (type == REC_COMPRESSED) {
			check_piece(z, b.p + i + 8, size - 8u, &content);
			pieces++;
		}
	}
	ck_assert_uint_eq(content, 0); /* ended */
	ck_assert_uint_gt(pieces, 40);
	ZSTD_freeDCtx(z);
	buf_free(&b);
}
END_TEST

/* What has been written by a round can be read, whatever comes later. */
START_TEST(round_is_whole)
{
	struct writer *w;
	struct buf b;
	uint64_t ip;
	int fd;

	w = begin_writing(&fd, levels[_i]);
	ip = symbol(w, "f", "/c.py", 1, 1);
	sample(w, 1000, 1, &ip);
	ck_assert_int_eq(writer_round(w), 0);
	b = contents(dup(fd));
	tells(&b, "sample 7/8 1000 py-cpu 1000 ticks 1 state 0 interp 0 f (/c.py:0)\n"
	          "round 0/0 0\nend\n");
	sample(w, 2000, 1, &ip);
	ck_assert_int_eq(writer_close(w), 0);
	close(fd);
	buf_free(&b);
}
END_TEST

Suite *
unit_suite(void)
{
	Suite *s = suite_create("writer");
	TCase *t = tcase_create("writer");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, round_trip, 0, 3);
	tcase_add_loop_test(t, counts_bytes, 0, 3);
	tcase_add_loop_test(t, nothing_written, 0, 3);
	tcase_add_test(t, microseconds);
	tcase_add_test(t, equal_symbols);
	tcase_add_test(t, defined_once);
	tcase_add_test(t, collision);
	tcase_add_test(t, collision_next);
	tcase_add_test(t, lines);
	tcase_add_test(t, lines_read);
	tcase_add_test(t, table_full);
	tcase_add_loop_test(t, hostile_names, 0, 3);
	tcase_add_test(t, nul_in_name);
	tcase_add_test(t, long_names);
	tcase_add_test(t, display_names);
	tcase_add_loop_test(t, deep, 0, 3);
	tcase_add_test(t, comm_names);
	tcase_add_loop_test(t, cannot_write, 0, 3);
	tcase_add_loop_test(t, frames_bounded, 0, 2);
	tcase_add_loop_test(t, round_is_whole, 0, 3);
	suite_add_tcase(s, t);
	return s;
}
