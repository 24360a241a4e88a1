/* lib/stream: the reader. Joined streams, other programs' streams, and bytes that lie. */
#include "tests/unit/streams.h"
#include "stream/space.h"

#include <pthread.h>
#include <zstd.h>

static struct buf
small(int zlevel, const char *func, int line)
{
	static const struct worigin here = {.hz = 100, .arch = "x86_64", .program = "test"};
	struct writer *w;
	uint64_t ip;
	int fd = memfd_create("stream", 0);

	w = writer_open_as(fd, zlevel, &here);
	writer_comm(w, 7, 8, 0, func, false);
	ip = writer_ip(symbol(w, func, "/c.py", 1, 1), 1, (uint32_t)line);
	sample(w, 1000, 1, &ip);
	writer_lost(w, 7, 8, 1000, 3);
	ck_assert_int_eq(writer_round(w), 0);
	sample(w, 2000, 1, &ip);
	return end_writing(w, fd);
}

#define JOIN "join 0/0 0\n"

#define SMALL(func, line)                                                                          \
	"comm 7/8 0 " func "\n"                                                                    \
	"sample 7/8 1000 py-cpu 1000 ticks 1 state 0 interp 0 " func " (/c.py:" line ")\n"         \
	"lost 7/8 1000 3\n"                                                                        \
	"round 0/0 0\n"                                                                            \
	"sample 7/8 2000 py-cpu 1000 ticks 1 state 0 interp 0 " func " (/c.py:" line ")\n"         \
	"round 0/0 0\n"

/* Joining */

/* cat a b, and { cat a; tail -c +17 b; }: what collides has its own meaning in each. */
START_TEST(joined)
{
	struct buf a = small(_i & 1, SAME_A, 1), b = small(_i >> 1 & 1, SAME_B, 2);
	size_t skip = _i & 4 ? 16 : 0;
	struct buf ab = {0};

	buf_add(&ab, a.p, a.len);
	buf_add(&ab, b.p + skip, b.len - skip);
	tells(&ab, SMALL(SAME_A, "1") JOIN SMALL(SAME_B, "2") "end\n");
	buf_free(&a);
	buf_free(&b);
	buf_free(&ab);
}
END_TEST

/* After a hello an address means nothing until it is bound again. */
START_TEST(hello_forgets)
{
	struct buf a = small(0, "f", 1), ab = {0};
	const char *hello = a.p + 16, *last = a.p + a.len - 8 - 80;

	buf_add(&ab, a.p, a.len);
	buf_add(&ab, hello, HELLO_SIZE);
	buf_add(&ab, last, 80); /* the sample before the last round */
	tells(&ab, SMALL("f", "1") JOIN "sample 7/8 2000 py-cpu 1000 ticks 1 state 0 interp 0 "
	                                "U89bc80db6fd00001  ()\nend\n");
	buf_free(&a);
	buf_free(&ab);
}
END_TEST

/* Frames keep their ids from file to file; addresses do not keep their meaning. */
START_TEST(chained)
{
	struct buf a = small(0, "f", 1), b = small(1, "f", 1), c = small(0, "g", 1);
	int fds[] = {file_of(a.p, a.len), file_of(b.p, b.len), file_of(c.p, c.len)};
	struct reader *r = reader_open(fds[0], "a");
	uint32_t ids[3] = {9, 9, 9};
	struct event ev;
	int i;

	for (i = 0; i < 3; i++) {
		while (reader_next(r, &ev) > 0) {
			if (ev.type == EV_SAMPLE)
				ids[i] = ev.frames[0];
		}
		if (i < 2)
			ck_assert_int_eq(reader_chain(r, fds[i + 1], "next"), 0);
	}
	ck_assert_uint_eq(ids[0], ids[1]);
	ck_assert_uint_ne(ids[0], ids[2]);
	ck_assert_str_eq(reader_frame(r, ids[0])->func, "f");
	ck_assert_str_eq(reader_frame(r, ids[2])->func, "g");
	ck_assert_int_eq(reader_chain(r, fds[0], "a"), -1); /* at its end */
	ck_assert_int_eq(reader_next(r, &ev), -1);
	ck_assert_int_eq(lseek(fds[0], 0, SEEK_SET), 0);
	ck_assert_int_eq(reader_chain(r, fds[0], "a"), 0);
	ck_assert_int_eq(reader_next(r, &ev), 1);
	reader_close(r);
	for (i = 0; i < 3; i++)
		close(fds[i]);
	buf_free(&a);
	buf_free(&b);
	buf_free(&c);
}
END_TEST

/* A stream that some other program might write: raw records, of either byte order. */

struct raw {
	struct buf b;
	bool swap;
	size_t at; /* of the record begun last */
};

static void
put16(struct raw *r, uint16_t v)
{
	buf_u16(&r->b, r->swap ? __builtin_bswap16(v) : v);
}

static void
put32(struct raw *r, uint32_t v)
{
	buf_u32(&r->b, r->swap ? __builtin_bswap32(v) : v);
}

static void
put64(struct raw *r, uint64_t v)
{
	buf_u64(&r->b, r->swap ? __builtin_bswap64(v) : v);
}

static void
put_string(struct raw *r, const char *s)
{
	buf_add(&r->b, s, strlen(s) + 1);
	buf_zero(&r->b, -(r->b.len - r->at) & 7);
}

static void
raw_begin(struct raw *r, uint32_t type, uint16_t misc)
{
	r->at = r->b.len;
	put32(r, type);
	put16(r, misc);
	put16(r, 0);
}

static void
raw_end(struct raw *r)
{
	uint16_t size = (uint16_t)(r->b.len - r->at);

	if (r->swap)
		size = __builtin_bswap16(size);
	memcpy(r->b.p + r->at + 6, &size, 2);
}

static struct raw
raw_new(bool swap)
{
	struct raw r = {.swap = swap};

	buf_add(&r.b, swap ? WIRE_MAGIC_OTHER : WIRE_MAGIC, 8);
	put64(&r, 16);
	return r;
}

/* An event of the kernel's; its ids are id and id + 1. */
static void
raw_attr(struct raw *r, uint64_t id, uint64_t sample_type, uint64_t read_format, bool freq)
{
	bool big = (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__) != r->swap;
	unsigned char flags[8] = {0};

	flags[FLAG_SAMPLE_ID_ALL / 8] |=
	    (unsigned char)(big ? 0x80 >> FLAG_SAMPLE_ID_ALL % 8 : 1 << FLAG_SAMPLE_ID_ALL % 8);
	if (freq)
		flags[FLAG_FREQ / 8] |=
		    (unsigned char)(big ? 0x80 >> FLAG_FREQ % 8 : 1 << FLAG_FREQ % 8);
	raw_begin(r, REC_ATTR, 0);
	put32(r, 1);
	put32(r, 136); /* newer than ours */
	put64(r, 1);   /* task-clock */
	put64(r, 4000);
	put64(r, sample_type);
	put64(r, read_format);
	buf_add(&r->b, flags, 8);
	buf_zero(&r->b, 24);
	put64(r, BRANCH_HW_INDEX);
	put64(r, 0x7); /* three user registers */
	buf_zero(&r->b, 48);
	if (id) {
		put64(r, id);
		put64(r, id + 1);
	}
	raw_end(r);
}

enum {
	ALL = SAMPLE_IP | SAMPLE_TID | SAMPLE_TIME | SAMPLE_ADDR | SAMPLE_READ | SAMPLE_CALLCHAIN |
	      SAMPLE_ID | SAMPLE_CPU | SAMPLE_PERIOD | SAMPLE_STREAM_ID | SAMPLE_RAW |
	      SAMPLE_BRANCH_STACK | SAMPLE_REGS_USER | SAMPLE_STACK_USER | SAMPLE_WEIGHT,
};

/* The sample_id of these events: TID TIME ID STREAM CPU [IDENTIFIER]. */
static void
raw_sample_id(struct raw *r, uint64_t id, bool identifier)
{
	put32(r, 11);
	put32(r, 12);
	put64(r, 5000);
	put64(r, id);
	put64(r, 0);
	put64(r, 0);
	if (identifier)
		put64(r, id);
}

static void
raw_read(struct raw *r, uint64_t format)
{
	uint64_t n = format & READ_GROUP ? 2 : 1;

	if (format & READ_GROUP)
		put64(r, n);
	else
		put64(r, 99);
	if (format & READ_TIME_ENABLED)
		put64(r, 1);
	if (format & READ_TIME_RUNNING)
		put64(r, 1);
	for (; n; n--) {
		if (format & READ_GROUP)
			put64(r, 99);
		if (format & READ_ID)
			put64(r, 7);
		if (format & READ_LOST)
			put64(r, 7);
	}
}

/* Every field there is; the chain is the n given. */
static void
raw_sample(struct raw *r, uint64_t id, uint64_t st, uint64_t format, const uint64_t *ips, size_t n)
{
	size_t i;

	raw_begin(r, REC_SAMPLE, MISC_USER);
	if (st & SAMPLE_IDENTIFIER)
		put64(r, id);
	put64(r, n ? ips[n - 1] : 0x5000);
	put32(r, 11);
	put32(r, 12);
	put64(r, 6000);
	put64(r, 0xadd7);
	put64(r, id);
	put64(r, id);
	put64(r, 3);
	put64(r, 250);
	raw_read(r, format);
	put64(r, n);
	for (i = 0; i < n; i++)
		put64(r, ips[i]);
	put32(r, 12);
	buf_zero(&r->b, 12);
	put64(r, 2);
	put64(r, 0);
	buf_zero(&r->b, 48);
	put64(r, 2);
	buf_zero(&r->b, 24);
	put64(r, 16);
	buf_zero(&r->b, 16);
	put64(r, 16);
	put64(r, UINT64_C(5) | UINT64_C(1) << 32 | UINT64_C(2) << 48);
	raw_end(r);
}

static void
raw_mmap(struct raw *r, uint32_t pid, uint64_t start, uint64_t len, const char *file)
{
	raw_begin(r, REC_MMAP2, MISC_USER);
	put32(r, pid);
	put32(r, pid);
	put64(r, start);
	put64(r, len);
	buf_zero(&r->b, 40);
	put_string(r, file);
	raw_sample_id(r, 20, true);
	raw_end(r);
}

static void
raw_name(struct raw *r, uint64_t id, const char *name)
{
	raw_begin(r, REC_EVENT_UPDATE, 0);
	put64(r, UPDATE_NAME);
	put64(r, id);
	put_string(r, name);
	raw_end(r);
}

static const uint64_t formats[] = {0, 1, 2, 3, 4, 7, 8, 12, 15, 16, 28, 31};

/* Two events with all fields, told apart by their ids; a weight counts only in ours. */
START_TEST(every_field)
{
	static const uint64_t user[] = {CONTEXT_USER, 0x1000, 0x2fff};
	uint64_t format = formats[_i / 2], st = ALL | (_i & 1 ? SAMPLE_IDENTIFIER : 0);
	struct raw r = raw_new(_i % 3 == 0);

	raw_attr(&r, 20, st, format, false);
	raw_attr(&r, 30, st, format, true);
	raw_name(&r, 31, "py-idle");
	raw_sample(&r, 21, st, format, user, 3);
	raw_sample(&r, 30, st, format, user, 2);
	raw_sample(&r, 31, st, format, NULL, 0);
	tells(&r.b,
	      "sample 11/12 6000 task-clock 250 ticks 1 state 0 interp 0 N2fff  ();N1000  ()\n"
	      "sample 11/12 6000 py-idle 250 ticks 5 state 1 interp 2 N1000  ()\n"
	      "sample 11/12 6000 py-idle 250 ticks 5 state 1 interp 2 N5000  ()\n"
	      "end\n");
	buf_free(&r.b);
}
END_TEST

/* Mappings: the newest wins, a fork has its parent's, an exec none. */
START_TEST(native)
{
	static const uint64_t ips[] = {CONTEXT_USER, 0x1000, 0x1fff, 0x2000, 0x2800, 0x3000};
	struct raw r = raw_new(_i);
	uint64_t st = ALL | SAMPLE_IDENTIFIER;

	raw_attr(&r, 20, st, 0, false);
	raw_sample(&r, 20, st, 0, ips, 2);
	raw_mmap(&r, 11, 0x1000, 0x2000, "/lib/a.so");
	raw_mmap(&r, 12, 0x1000, 0x2000, "/lib/other.so");
	raw_sample(&r, 20, st, 0, ips, 6);
	raw_mmap(&r, 11, 0x2000, 0x800, "/lib/b.so");
	raw_sample(&r, 20, st, 0, ips, 6);
	raw_begin(&r, REC_FORK, 0);
	put32(&r, 11);
	put32(&r, 12);
	put32(&r, 11);
	put32(&r, 12);
	put64(&r, 1);
	raw_sample_id(&r, 20, true);
	raw_end(&r);
	raw_sample(&r, 20, st, 0, ips, 2);
	raw_begin(&r, REC_COMM, MISC_COMM_EXEC);
	put32(&r, 11);
	put32(&r, 11);
	put_string(&r, "new");
	raw_sample_id(&r, 20, true);
	raw_end(&r);
	raw_sample(&r, 20, st, 0, ips, 2);
#define NATIVE "sample 11/12 6000 task-clock 250 ticks 1 state 0 interp 0 "
	tells(&r.b, NATIVE "N1000  ()\n" NATIVE
	                   "N3000  ();N2800  (/lib/a.so);N2000  (/lib/a.so);N1fff  (/lib/a.so);"
	                   "N1000  (/lib/a.so)\n" NATIVE
	                   "N3000  ();N2800  (/lib/a.so);N2000  (/lib/b.so);N1fff  (/lib/a.so);"
	                   "N1000  (/lib/a.so)\n"
	                   "fork 11/11 1 parent 12\n" NATIVE "N1000  (/lib/other.so)\n"
	                   "comm 11/11 5000 exec new\n" NATIVE "N1000  ()\nend\n");
	buf_free(&r.b);
}
END_TEST

static void
raw_ksymbol(struct raw *r, uint64_t addr, uint16_t flags, const char *name)
{
	raw_begin(r, REC_KSYMBOL, 0);
	put64(r, addr);
	put32(r, 0x100);
	put16(r, 1);
	put16(r, flags);
	put_string(r, name);
	raw_sample_id(r, 20, true);
	raw_end(r);
}

/* One of ours, whose trailer has these lengths. */
static void
raw_symbol(struct raw *r, uint64_t addr, const char *func, const char *file, uint32_t func_len,
           uint32_t root)
{
	raw_begin(r, REC_KSYMBOL, 0);
	put64(r, addr);
	put32(r, SYMBOL_SIZE);
	put16(r, 2);
	put16(r, 0);
	put_string(r, "py::whatever");
	put32(r, TRAILER_TAG);
	put16(r, TRAILER_VERSION);
	put16(r, 0);
	put32(r, 1);
	put32(r, 1);
	put32(r, root);
	put32(r, func_len);
	put32(r, (uint32_t)strlen(file));
	put32(r, 0);
	buf_str(&r->b, func);
	put_string(r, file);
	raw_sample_id(r, 20, true);
	raw_end(r);
}

enum { OURS_SHIFTED = 5 };
#define OURS (SYMBOL_BIT | (uint64_t)OURS_SHIFTED << SYMBOL_SHIFT)

/* Markers say how what follows is to be understood. */
START_TEST(contexts)
{
	static const uint64_t ips[] = {
	    CONTEXT_KERNEL, 0xffffffff81000010,    0xffffffffc0000010, 0xffffffffd0000000,
	    OURS + 1,       OURS + SYMBOL_SIZE,    CONTEXT_USER,       OURS + 1,
	    0x1000,         CONTEXT_USER_DEFERRED, 0xc00c1e,           CONTEXT_HV,
	    OURS + 1,       CONTEXT_KERNEL,        OURS + 2,           UINT64_MAX - 2047,
	    0x1000};
	struct raw r = raw_new(_i);

	raw_attr(&r, 20, ALL | SAMPLE_IDENTIFIER, 0, false);
	raw_mmap(&r, SPACE_KERNEL, 0xffffffff81000000, 0x1000000, "[kernel.kallsyms]_text");
	raw_ksymbol(&r, 0xffffffffc0000000, 0, "bpf_prog_1");
	raw_symbol(&r, OURS, "f", "/f.py", 1, 0);
	raw_sample(&r, 20, ALL | SAMPLE_IDENTIFIER, 0, ips, 17);
	raw_ksymbol(&r, 0xffffffffc0000000, KSYMBOL_UNREGISTER, "bpf_prog_1");
	raw_sample(&r, 20, ALL | SAMPLE_IDENTIFIER, 0, ips, 3);
	tells(&r.b, NATIVE "U1000  ();f (/f.py:2);U8000000000500001  ();N1000  ();"
	                   "N8000000000500001  ();U8000000000600000  ();f (/f.py:1);"
	                   "Kffffffffd0000000  ();Kffffffffc0000010 bpf_prog_1 ();"
	                   "Kffffffff81000010  ([kernel.kallsyms]_text)\n" NATIVE
	                   "Kffffffffc0000010  ();Kffffffff81000010  ([kernel.kallsyms]_text)\n"
	                   "end\n");
	buf_free(&r.b);
}
END_TEST

/* An address bound anew means the new function from there on, and only there. */
START_TEST(rebinding)
{
	static const uint64_t ips[] = {CONTEXT_KERNEL, OURS + 1};
	struct raw r = raw_new(_i);

	raw_attr(&r, 20, ALL | SAMPLE_IDENTIFIER, 0, false);
	raw_sample(&r, 20, ALL | SAMPLE_IDENTIFIER, 0, ips, 2);
	raw_symbol(&r, OURS, "f", "/f.py", 1, 0);
	raw_sample(&r, 20, ALL | SAMPLE_IDENTIFIER, 0, ips, 2);
	raw_symbol(&r, OURS, "f", "/f.py", 1, 0);
	raw_sample(&r, 20, ALL | SAMPLE_IDENTIFIER, 0, ips, 2);
	raw_symbol(&r, OURS, "g", "/f.py", 1, 0);
	raw_sample(&r, 20, ALL | SAMPLE_IDENTIFIER, 0, ips, 2);
	raw_symbol(&r, OURS, "f", "/f.py", 1, 0);
	raw_sample(&r, 20, ALL | SAMPLE_IDENTIFIER, 0, ips, 2);
	tells(&r.b, NATIVE "U8000000000500001  ()\n" NATIVE "f (/f.py:1)\n" NATIVE
	                   "f (/f.py:1)\n" NATIVE "g (/f.py:1)\n" NATIVE "f (/f.py:1)\nend\n");
	buf_free(&r.b);
}
END_TEST

START_TEST(kernel_records)
{
	struct raw r = raw_new(_i);

	raw_attr(&r, 20, ALL | SAMPLE_IDENTIFIER, 0, false);
	raw_begin(&r, REC_LOST, 0);
	put64(&r, 20);
	put64(&r, 17);
	raw_sample_id(&r, 20, true);
	raw_end(&r);
	raw_begin(&r, REC_LOST_SAMPLES, 0);
	put64(&r, 18);
	raw_sample_id(&r, 20, true);
	raw_end(&r);
	raw_begin(&r, REC_EXIT, 0);
	put32(&r, 11);
	put32(&r, 1);
	put32(&r, 12);
	put32(&r, 1);
	put64(&r, 77);
	raw_sample_id(&r, 20, true);
	raw_end(&r);
	/* Unknown, the kernel's and perf's; an EVENT_TYPE that is no hello. */
	raw_begin(&r, 40, 0);
	raw_sample_id(&r, 20, true);
	raw_end(&r);
	raw_begin(&r, 99, 0);
	raw_end(&r);
	raw_begin(&r, REC_HELLO, 0);
	buf_zero(&r.b, 72);
	raw_end(&r);
	/* What stands behind a record: a blob of a length that is no multiple of 8. */
	raw_begin(&r, REC_TRACING_DATA, 0);
	put32(&r, 11);
	put32(&r, 0);
	raw_end(&r);
	buf_add(&r.b, "\x44\0\0\0\0\0\x08\0abc", 11);
	raw_begin(&r, REC_AUXTRACE, 0);
	put64(&r, 300000);
	buf_zero(&r.b, 32);
	raw_end(&r);
	buf_zero(&r.b, 300000);
	raw_begin(&r, REC_FINISHED_ROUND, 0);
	raw_end(&r);
	tells(&r.b, "lost 0/0 5000 17\nlost 11/12 5000 18\nexit 11/12 77 parent 1\n"
	            "round 0/0 0\nend\n");
	buf_free(&r.b);
}
END_TEST

/* Without an id in its samples an event is known only when it is alone. */
START_TEST(ids)
{
	enum { BARE = SAMPLE_IP | SAMPLE_TID | SAMPLE_TIME | SAMPLE_PERIOD };
	struct raw r = raw_new(false);
	int i;

	raw_attr(&r, 0, BARE, 0, false);
	for (i = 0; i < 2; i++) {
		raw_begin(&r, REC_SAMPLE, MISC_USER);
		put64(&r, 0x1000);
		put64(&r, 0);
		put64(&r, 5000);
		put64(&r, 250);
		raw_end(&r);
		raw_attr(&r, 20, BARE | SAMPLE_ADDR, 0, false);
	}
	tells(&r.b, "sample 0/0 5000 task-clock 250 ticks 1 state 0 interp 0 N1000  ()\n"
	            "error x: offset 360: a sample of an unknown event\n");
	buf_free(&r.b);
}
END_TEST

/* Neither a period nor a chain. */
START_TEST(bare_sample)
{
	struct raw r = raw_new(_i);

	raw_attr(&r, 20, SAMPLE_IP, 0, false);
	raw_begin(&r, REC_SAMPLE, MISC_KERNEL);
	put64(&r, 0xffffffff81000000);
	raw_end(&r);
	raw_attr(&r, 20, SAMPLE_TIME, 0, true);
	raw_begin(&r, REC_SAMPLE, MISC_KERNEL);
	put64(&r, 9);
	raw_end(&r);
	tells(&r.b, "sample 0/0 0 task-clock 4000 ticks 1 state 0 interp 0 Kffffffff81000000  ()\n"
	            "sample 0/0 9 task-clock 1 ticks 1 state 0 interp 0 \nend\n");
	buf_free(&r.b);
}
END_TEST

/* Compression as others do it */

static size_t
squeeze(ZSTD_CCtx *z, void *out, size_t cap, const void *p, size_t n, ZSTD_EndDirective how)
{
	ZSTD_inBuffer in = {p, n, 0};
	ZSTD_outBuffer to = {out, cap, 0};

	ck_assert_uint_eq(ZSTD_compressStream2(z, &to, &in, how), 0);
	return to.pos;
}

/*
 * All but the header of a stream, in pieces of `step` bytes: types 81 and 83, a frame a piece or
 * one that never ends, records across pieces, and a plain record between them.
 */
static void
repack(struct raw *r, const struct buf *from, size_t step, uint32_t type, ZSTD_EndDirective how)
{
	ZSTD_CCtx *z = ZSTD_createCCtx();
	size_t at, n, len;
	char out[8192];

	raw_begin(r, REC_FEATURE, 0);
	put64(r, FEAT_COMPRESSED);
	buf_zero(&r->b, 20);
	raw_end(r);
	for (at = 16; at < from->len; at += n) {
		n = from->len - at < step ? from->len - at : step;
		len = squeeze(z, out, sizeof out, from->p + at, n, how);
		raw_begin(r, type, 0);
		if (type == REC_COMPRESSED2)
			put64(r, len);
		buf_add(&r->b, out, len);
		if (type == REC_COMPRESSED2)
			buf_zero(&r->b, -(r->b.len - r->at) & 7);
		raw_end(r);
		raw_begin(r, REC_FEATURE, 0);
		put64(r, 3);
		raw_end(r);
	}
	ZSTD_freeCCtx(z);
}

START_TEST(compressed_by_others)
{
	static const size_t steps[] = {1, 7, 8, 100, 100000};
	struct buf a = small(0, SAME_A, 1), b = small(0, SAME_B, 1);
	uint32_t type = _i & 1 ? REC_COMPRESSED : REC_COMPRESSED2;
	ZSTD_EndDirective how = _i & 2 ? ZSTD_e_flush : ZSTD_e_end;
	struct raw r = raw_new(false);

	repack(&r, &a, steps[_i / 4], type, how);
	repack(&r, &b, steps[_i / 4], type, how);
	tells(&r.b, SMALL(SAME_A, "1") JOIN SMALL(SAME_B, "1") "end\n");
	buf_free(&a);
	buf_free(&b);
	buf_free(&r.b);
}
END_TEST

/* From a pipe, in pieces of any size, the same comes out: also where a piece ends a buffer. */

struct trickle {
	const struct buf *b;
	size_t step;
	int fd;
};

static void *
trickle(void *arg)
{
	const struct trickle *t = arg;
	size_t at, n;

	for (at = 0; at < t->b->len; at += n) {
		n = t->b->len - at < t->step ? t->b->len - at : t->step;
		ck_assert_int_eq(write_all(t->fd, t->b->p + at, n), 0);
	}
	close(t->fd);
	return NULL;
}

START_TEST(in_pieces)
{
	static const size_t steps[] = {1, 7, 4000, 65535, 1 << 20};
	struct trickle t = {.step = steps[_i / 2]};
	uint64_t ips[WRITER_DEPTH];
	char *whole, *parts, name[32];
	struct writer *w;
	pthread_t thread;
	int fds[2], k;
	struct buf b;
	size_t i;

	seed = 3;
	w = begin_writing(&fds[0], _i & 1);
	for (k = 0; k < (t.step == 1 ? 60 : 300); k++) {
		for (i = 0; i < 500; i++) {
			sprintf(name, "f%u", roll(100));
			ips[i] = writer_ip(symbol(w, name, "/f.py", 1, 1), 1, roll(20));
		}
		sample(w, (uint64_t)k * 1000, roll(500), ips);
	}
	b = end_writing(w, fds[0]);
	whole = told(b.p, b.len);
	ck_assert_int_eq(pipe(fds), 0);
	t.b = &b;
	t.fd = fds[1];
	pthread_create(&thread, NULL, trickle, &t);
	parts = told_by(fds[0], b.len);
	pthread_join(thread, NULL);
	ck_assert(!strcmp(parts, whole));
	free(parts);
	free(whole);
	buf_free(&b);
}
END_TEST

/* Bad input */

/* Cut at n, the stream gives some of its events, then ends where a record does or says where. */
static void
check_cut(const struct buf *b, const char *whole, size_t n, size_t *events)
{
	char *got = told(b->p, n), *last;
	size_t len;

	for (last = got + strlen(got) - 1; last > got && last[-1] != '\n'; last--)
		;
	len = (size_t)(last - got);
	ck_assert_msg(!strncmp(got, whole, len), "cut at %zu:\n%s", n, got);
	ck_assert_uint_ge(len, *events); /* a longer part never tells less */
	*events = len;
	if (strcmp(last, "end\n") && n)
		ck_assert_msg(strstr(last, "error x: offset ") == last, "cut at %zu: %s", n, last);
	free(got);
}

static void
check_cuts(const struct buf *b)
{
	char *whole = told(b->p, b->len);
	size_t events = 0, n;

	for (n = 0; n <= b->len; n++)
		check_cut(b, whole, n, &events);
	free(whole);
}

START_TEST(cut_ours)
{
	struct buf a = small(_i & 1, "f", 1), b = small(_i >> 1 & 1, "g", 2);

	buf_add(&a, b.p, b.len);
	check_cuts(&a);
	buf_free(&a);
	buf_free(&b);
}
END_TEST

START_TEST(cut_others)
{
	static const uint64_t ips[] = {CONTEXT_USER, 0x1000, CONTEXT_KERNEL, OURS + 1};
	struct buf a = small(0, "f", 1);
	struct raw r = raw_new(false);

	raw_attr(&r, 20, ALL, 31, false);
	raw_attr(&r, 30, ALL, 31, false);
	raw_mmap(&r, 11, 0x1000, 0x1000, "/lib/a.so");
	raw_symbol(&r, OURS, "f", "/f.py", 1, 0);
	raw_sample(&r, 30, ALL, 31, ips, 4);
	raw_begin(&r, REC_TRACING_DATA, 0);
	put64(&r, 100);
	raw_end(&r);
	buf_zero(&r.b, 100);
	repack(&r, &a, 50, REC_COMPRESSED2, ZSTD_e_flush);
	check_cuts(&r.b);
	buf_free(&a);
	buf_free(&r.b);
}
END_TEST

static void
fails(const void *p, size_t n, const char *why)
{
	char *got = told(p, n), *want;

	ck_assert_int_gt(asprintf(&want, "error %s\n", why), 0);
	ck_assert_str_eq(got, want);
	free(got);
	free(want);
}

START_TEST(not_streams)
{
	static const char head[104] = "PERFILE2\x68";

	fails("", 0, "x: empty, not a stream (did what should have written it fail?)");
	fails("P", 1, "x: offset 1: truncated in the header");
	fails("PERFILE2\x10\0\0", 11, "x: offset 11: truncated in the header");
	fails("PERFILE1\x10\0\0\0\0\0\0\0", 16,
	      "x: offset 0: not a stream of pystream(5) or of perf record -o -");
	fails("main;f 3\n", 9, "x: offset 0: not a stream of pystream(5) or of perf record -o -");
	fails(head, 104,
	      "x: a perf.data file, not a stream (make one with: perf inject -i x -o - | ...)");
}
END_TEST

/* Records that cannot be: what is wrong, and where. */
static void
raw_fails(struct raw *r, const char *why)
{
	fails(r->b.p, r->b.len, why);
	buf_free(&r->b);
}

static struct raw
raw_events(void)
{
	struct raw r = raw_new(false);

	raw_attr(&r, 20, ALL, 0, false);
	raw_attr(&r, 30, ALL, 0, false);
	return r;
}

START_TEST(bad_records)
{
	struct raw r = raw_new(false);
	size_t i;

	buf_add(&r.b, "\x09\0\0\0\0\0\x07\0", 8);
	raw_fails(&r, "x: offset 16: a record of type 9 with the impossible size 7");

	r = raw_new(false);
	raw_begin(&r, REC_SAMPLE, 0);
	raw_end(&r);
	raw_fails(&r, "x: offset 16: a sample before any event attribute");

	r = raw_events();
	raw_sample(&r, 40, ALL, 0, NULL, 0);
	raw_fails(&r, "x: offset 336: a sample of an unknown event");

	r = raw_events();
	raw_sample(&r, 20, ALL, 0, NULL, 0);
	memset(r.b.p + r.at + 80, 0xff, 8); /* its chain's length */
	raw_fails(
	    &r, "x: offset 336: a chain of 18446744073709551615 entries in a sample of 240 bytes");

	for (i = 8; i < 240; i += 8) {
		r = raw_events();
		raw_sample(&r, 20, ALL, 0, NULL, 0);
		r.b.len = r.at + i;
		r.b.p[r.at + 6] = (char)i;
		r.b.p[r.at + 7] = 0;
		if (i <= 40) /* without its id */
			raw_fails(&r, "x: offset 336: a sample of an unknown event");
		else
			buf_free(&r.b);
	}
	for (i = 8; i < 160; i += 8) {
		r = raw_new(false);
		raw_attr(&r, 0, ALL, 0, false);
		r.b.len = r.at + i;
		r.b.p[r.at + 6] = (char)i;
		if (i < 144)
			raw_fails(&r,
			          i < 16
			              ? "x: offset 16: an event attribute of the impossible size 64"
			              : "x: offset 16: an event attribute of the impossible "
			                "size 136");
		else
			buf_free(&r.b);
	}
}
END_TEST

START_TEST(bad_symbols)
{
	struct raw r = raw_events();

	raw_symbol(&r, OURS, "f", "/f.py", 1000, 0);
	raw_fails(&r, "x: offset 336: a symbol whose names are longer than its record");
	r = raw_events();
	raw_symbol(&r, OURS, "f", "/f.py", UINT32_MAX, 0);
	raw_fails(&r, "x: offset 336: a symbol whose names are longer than its record");
	r = raw_events();
	raw_symbol(&r, OURS, "f", "/f.py", 1, 6);
	raw_fails(&r, "x: offset 336: a symbol whose import root is longer than its file");
	r = raw_events();
	raw_symbol(&r, OURS, "f", "/f.py", 1, 0);
	r.b.p[r.at + 24 + 16 + 4] = 2;
	raw_fails(&r, "x: offset 336: a symbol of a newer version of pystream(5)");
	r = raw_new(false);
	raw_begin(&r, REC_HELLO, 0);
	buf_add(&r.b, HELLO_MAGIC "\2\0\0\0", 12);
	buf_zero(&r.b, 60);
	raw_end(&r);
	raw_fails(&r, "x: offset 16: pystream(5) of version 2; this program knows 1");
}
END_TEST

START_TEST(bad_compressed)
{
	struct raw r = raw_new(false);
	ZSTD_CCtx *z = ZSTD_createCCtx();
	char out[256];
	size_t n;

	raw_begin(&r, REC_COMPRESSED, 0);
	put64(&r, 0x1234567890);
	raw_end(&r);
	raw_fails(&r, "x: offset 16: corrupt compressed data: Unknown frame descriptor");

	r = raw_new(false);
	raw_begin(&r, REC_COMPRESSED2, 0);
	put64(&r, 1);
	raw_end(&r);
	raw_fails(&r, "x: offset 16: compressed data longer than its record");

	r = raw_new(false);
	raw_begin(&r, REC_COMPRESSED, 0);
	n = squeeze(z, out, sizeof out, "\x51\0\0\0\0\0\x08\0\x44\0\0", 11, ZSTD_e_end);
	buf_add(&r.b, out, n);
	raw_end(&r);
	raw_fails(&r,
	          "x: offset 16 (compressed; byte 0 of the content): a record of type 81 inside "
	          "compressed data");

	r = raw_new(false);
	raw_begin(&r, REC_COMPRESSED, 0);
	n = squeeze(z, out, sizeof out, "\x44\0\0\0\0\0\x08\0\x44\0\0", 11, ZSTD_e_end);
	buf_add(&r.b, out, n);
	raw_end(&r);
	buf_free(&r.b);
	ZSTD_freeCCtx(z);
}
END_TEST

/* 16 MiB of records of 8 bytes in some kB: time, but no memory. */
START_TEST(bomb)
{
	ZSTD_CCtx *z = ZSTD_createCCtx();
	struct raw r = raw_new(false);
	static char chunk[1 << 20], out[60000];
	unsigned long rounds = 0;
	struct reader *reader;
	struct event ev;
	size_t i, n;
	int fd;

	for (i = 0; i < sizeof chunk; i += 8)
		memcpy(chunk + i, "\x44\0\0\0\0\0\x08\0", 8);
	for (i = 0; i < 16; i++) {
		n = squeeze(z, out, sizeof out, chunk, sizeof chunk, ZSTD_e_flush);
		raw_begin(&r, REC_COMPRESSED, 0);
		buf_add(&r.b, out, n);
		raw_end(&r);
	}
	fd = file_of(r.b.p, r.b.len);
	reader = reader_open(fd, "x");
	while (reader_next(reader, &ev) > 0)
		rounds++;
	ck_assert_uint_eq(rounds, 16 * sizeof chunk / 8);
	reader_close(reader);
	close(fd);
	ZSTD_freeCCtx(z);
	buf_free(&r.b);
}
END_TEST

Suite *
unit_suite(void)
{
	Suite *s = suite_create("reader");
	TCase *t = tcase_create("reader");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, joined, 0, 8);
	tcase_add_test(t, hello_forgets);
	tcase_add_test(t, chained);
	tcase_add_loop_test(t, every_field, 0, 24);
	tcase_add_loop_test(t, native, 0, 2);
	tcase_add_loop_test(t, contexts, 0, 2);
	tcase_add_loop_test(t, rebinding, 0, 2);
	tcase_add_loop_test(t, kernel_records, 0, 2);
	tcase_add_test(t, ids);
	tcase_add_loop_test(t, bare_sample, 0, 2);
	tcase_add_loop_test(t, compressed_by_others, 0, 20);
	tcase_add_loop_test(t, in_pieces, 0, 10);
	suite_add_tcase(s, t);

	t = tcase_create("hostile");
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, cut_ours, 0, 4);
	tcase_add_test(t, cut_others);
	tcase_add_test(t, not_streams);
	tcase_add_test(t, bad_records);
	tcase_add_test(t, bad_symbols);
	tcase_add_test(t, bad_compressed);
	tcase_add_test(t, bomb);
	suite_add_tcase(s, t);
	return s;
}
