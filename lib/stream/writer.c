#include "stream/writer.h"
#include "stream/wire.h"
#include "stream/zstd.h"
#include "base/buf.h"
#include "base/table.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

struct writer {
	bool finished; /* nothing more is to be sent */
	int fd;
	struct zpack *z; /* NULL: plain */
	struct buf head; /* what begins the stream, until it is out */
	struct buf out;  /* records of this round */
	struct buf sent; /* scratch for compressed records */
	uint64_t bytes;
	/*
	 * Symbols: address >> SYMBOL_SHIFT -> an index, and by that a second hash of the same
	 * text. Two hashes that both agree are taken for the same function.
	 */
	struct map index;
	uint64_t *check;
	size_t cap;
	uint64_t cut; /* address of "[cut]", 0 before it is needed */
};

/* A record begins at b->len: where it will end is not known yet. */
static size_t
begin(struct buf *b, uint32_t type, uint16_t misc)
{
	size_t at = b->len;

	buf_u32(b, type);
	buf_u16(b, misc);
	buf_u16(b, 0);
	return at;
}

static void
end(struct buf *b, size_t at)
{
	uint16_t size = (uint16_t)(b->len - at);

	memcpy(b->p + at + 6, &size, sizeof size);
}

static void
pad(struct buf *b, size_t at)
{
	buf_zero(b, -(b->len - at) & 7);
}

static void
put_hello(struct buf *b, double hz)
{
	size_t at = begin(b, REC_HELLO, 0);

	buf_add(b, HELLO_MAGIC, 8);
	buf_u32(b, HELLO_VERSION);
	buf_u32(b, 0);
	buf_u32(b, CLOCK_MONOTONIC);
	buf_u32(b, 0);
	buf_u64(b, hz > 0 ? (uint64_t)llround(1e9 / hz) : 0);
	buf_zero(b, HELLO_SIZE - (b->len - at));
	end(b, at);
}

/* Bit n of perf_event_attr's flags, as this machine's C compiler lays bit fields out. */
static void
set_flag(unsigned char *flags, int n)
{
	bool big = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;

	flags[n / 8] |= (unsigned char)(1 << (big ? 7 - n % 8 : n % 8));
}

static void
put_attr(struct buf *b, enum kind kind, double hz)
{
	static const int flags[] = {
	    FLAG_EXCLUDE_KERNEL, FLAG_MMAP,      FLAG_COMM,        FLAG_FREQ,    FLAG_TASK,
	    FLAG_SAMPLE_ID_ALL,  FLAG_COMM_EXEC, FLAG_USE_CLOCKID, FLAG_KSYMBOL, FLAG_MMAP2,
	};
	unsigned char attr[ATTR_SIZE] = {0};
	uint32_t type = TYPE_SOFTWARE, size = ATTR_SIZE, clock = CLOCK_MONOTONIC;
	uint64_t config = CONFIG_DUMMY, sample_type = SAMPLE_TYPE;
	uint64_t freq = hz >= 1 ? (uint64_t)llround(hz) : 1;
	size_t at = begin(b, REC_ATTR, 0), i;

	memcpy(attr + ATTR_TYPE, &type, 4);
	memcpy(attr + ATTR_TYPE + 4, &size, 4);
	memcpy(attr + ATTR_CONFIG, &config, 8);
	memcpy(attr + ATTR_PERIOD, &freq, 8);
	memcpy(attr + ATTR_SAMPLE_TYPE, &sample_type, 8);
	for (i = 0; i < sizeof flags / sizeof *flags; i++)
		set_flag(attr + ATTR_FLAGS, flags[i]);
	memcpy(attr + ATTR_CLOCKID, &clock, 4);
	buf_add(b, attr, sizeof attr);
	buf_u64(b, EVENT_ID(kind));
	end(b, at);
}

static void
put_name(struct buf *b, enum kind kind, const char *name)
{
	size_t at = begin(b, REC_EVENT_UPDATE, 0);

	buf_u64(b, UPDATE_NAME);
	buf_u64(b, EVENT_ID(kind));
	buf_add(b, name, strlen(name) + 1);
	pad(b, at);
	end(b, at);
}

static void
put_feature(struct buf *b, uint64_t feature, const void *p, size_t n)
{
	size_t at = begin(b, REC_FEATURE, 0);

	buf_u64(b, feature);
	buf_add(b, p, n);
	end(b, at);
}

/* perf's string: u32 length of what follows, then it, NUL included, to a multiple of 64. */
static void
put_feature_string(struct buf *b, uint64_t feature, const char *s)
{
	uint32_t len = (uint32_t)(strlen(s) / 64 + 1) * 64;
	size_t at = begin(b, REC_FEATURE, 0);

	buf_u64(b, feature);
	buf_u32(b, len);
	buf_str(b, s);
	buf_zero(b, len - strlen(s));
	end(b, at);
}

static void
put_clock(struct buf *b, const struct worigin *o)
{
	struct {
		uint32_t version, clock;
		uint64_t wall, then;
	} data = {1, CLOCK_MONOTONIC, o->wall_ns, o->time_ns};

	put_feature(b, FEAT_CLOCK_DATA, &data, sizeof data);
}

static void
put_compressed(struct buf *b, int level)
{
	/* version, type zstd, level, ratio (not known yet), mmap_len */
	uint32_t data[] = {0, 1, (uint32_t)level, 1, MMAP_LEN};

	put_feature(b, FEAT_COMPRESSED, data, sizeof data);
}

static void
put_head(struct buf *b, int zlevel, const struct worigin *o)
{
	static const char *const names[] = EVENT_NAMES;
	enum kind k;

	buf_add(b, WIRE_MAGIC, 8);
	buf_u64(b, WIRE_HEADER);
	put_hello(b, o->hz);
	for (k = KIND_CPU; k <= KIND_AWAIT; k++)
		put_attr(b, k, o->hz);
	for (k = KIND_CPU; k <= KIND_AWAIT; k++)
		put_name(b, k, names[k]);
	put_feature_string(b, FEAT_ARCH, o->arch);
	put_feature_string(b, FEAT_VERSION, o->program);
	put_clock(b, o);
	if (zlevel > 0)
		put_compressed(b, zlevel);
}

struct writer *
writer_open_as(int fd, int zlevel, const struct worigin *o)
{
	struct writer *w = mem_new(1, sizeof *w);

	w->fd = fd;
	if (zlevel > 0)
		w->z = zpack_new(zlevel);
	put_head(&w->head, zlevel, o);
	return w;
}

static uint64_t
now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

struct writer *
writer_open(int fd, int zlevel, double hz)
{
	struct worigin o = {.hz = hz, .program = "pyrec " VERSION};
	struct utsname u = {0};

	uname(&u);
	o.arch = u.machine;
	o.wall_ns = now(CLOCK_REALTIME);
	o.time_ns = now(CLOCK_MONOTONIC);
	return writer_open_as(fd, zlevel, &o);
}

static void
put_sample_id(struct buf *b, uint32_t pid, uint32_t tid, uint64_t time)
{
	buf_u32(b, pid);
	buf_u32(b, tid);
	buf_u64(b, time);
	buf_u64(b, EVENT_ID(KIND_CPU));
}

/* perf's tools split at these. */
static bool
troubles_name(unsigned char c)
{
	return c <= ' ' || c == 0x7f || strchr("();\"'", c);
}

static bool
troubles_comm(unsigned char c)
{
	return c < ' ' || c == 0x7f;
}

/* The n bytes with those that trouble replaced, at most `room`, no half character: how many. */
static size_t
put_display(struct buf *b, const char *s, size_t n, size_t room, bool (*troubles)(unsigned char))
{
	size_t i;
	char *p;

	if (n > room) {
		for (n = room; n && ((unsigned char)s[n] & 0xc0) == 0x80; n--)
			;
	}
	p = buf_more(b, n);
	for (i = 0; i < n; i++)
		p[i] = (char)(troubles((unsigned char)s[i]) ? '_' : s[i]);
	return n;
}

/* CPython's own spelling in perf maps. A file gives its end rather than its beginning. */
static void
put_display_name(struct buf *b, const struct wsymbol *s)
{
	size_t room = KSYMBOL_NAME_MAX, from = 0;

	if (!s->file_len) {
		room -= put_display(b, s->func, s->func_len, room, troubles_name);
		buf_zero(b, 1);
		return;
	}
	buf_str(b, "py::");
	room -= 4 + 1;
	room -= put_display(b, s->func, s->func_len, room / 2, troubles_name);
	buf_char(b, ':');
	if (s->file_len > room)
		from = s->file_len - room;
	while (from && from < s->file_len && ((unsigned char)s->file[from] & 0xc0) == 0x80)
		from++;
	put_display(b, s->file + from, s->file_len - from, room, troubles_name);
	buf_zero(b, 1);
}

static void
put_symbol(struct buf *b, uint64_t addr, const struct wsymbol *s)
{
	size_t at = begin(b, REC_KSYMBOL, 0);

	buf_u64(b, addr);
	buf_u32(b, SYMBOL_SIZE);
	buf_u16(b, KSYMBOL_TYPE_OOL);
	buf_u16(b, 0);
	put_display_name(b, s);
	pad(b, at);
	buf_u32(b, TRAILER_TAG);
	buf_u16(b, TRAILER_VERSION);
	buf_u16(b, 0);
	buf_u32(b, s->firstline);
	buf_u32(b, s->base);
	buf_u32(b, s->root);
	buf_u32(b, (uint32_t)s->func_len);
	buf_u32(b, (uint32_t)s->file_len);
	buf_u32(b, 0);
	buf_add(b, s->func, s->func_len);
	buf_add(b, s->file, s->file_len);
	pad(b, at);
	put_sample_id(b, 0, 0, 0); /* time 0: perf takes it at once, before it sorts samples */
	end(b, at);
}

static uint64_t
symbol_hash(uint64_t h, const struct wsymbol *s)
{
	uint32_t n[] = {s->firstline, s->base, s->root};
	unsigned char le[sizeof n];
	size_t i;

	for (i = 0; i < sizeof le; i++)
		le[i] = (unsigned char)(n[i / 4] >> i % 4 * 8);
	h = hash_bytes(h, s->func, s->func_len);
	h = hash_bytes(h, "", 1);
	h = hash_bytes(h, s->file, s->file_len);
	h = hash_bytes(h, "", 1);
	return hash_mix(hash_bytes(h, le, sizeof le));
}

uint64_t
writer_symbol(struct writer *w, const struct wsymbol *given)
{
	struct wsymbol s = *given;
	uint64_t h, check, key;
	uint32_t *at;
	bool fresh;

	if (s.func_len > TRAILER_TEXT_MAX)
		s.func_len = TRAILER_TEXT_MAX;
	if (s.file_len > TRAILER_TEXT_MAX)
		s.file_len = TRAILER_TEXT_MAX;
	if (s.root > s.file_len)
		s.root = 0;
	h = symbol_hash(HASH_START, &s) & SYMBOL_HASH;
	check = symbol_hash(~HASH_START, &s);
	for (;; h = (h + 1) & SYMBOL_HASH) {
		key = SYMBOL_BIT >> SYMBOL_SHIFT | h;
		at = map_put(&w->index, key, &fresh);
		if (fresh)
			break;
		if (w->check[*at] == check)
			return key << SYMBOL_SHIFT;
	}
	w->check = mem_room(w->check, w->index.n, &w->cap, sizeof *w->check);
	*at = (uint32_t)w->index.n - 1;
	w->check[*at] = check;
	put_symbol(&w->out, key << SYMBOL_SHIFT, &s);
	return key << SYMBOL_SHIFT;
}

uint64_t
writer_ip(uint64_t addr, uint32_t base, uint32_t line)
{
	if (!line || line < base)
		return addr;
	return addr | (line - base < SYMBOL_LINE - 1 ? line - base + 1 : SYMBOL_LINE);
}

bool
writer_full(const struct writer *w)
{
	return w->index.n >= WRITER_SYMBOLS;
}

void
writer_forget(struct writer *w)
{
	map_clear(&w->index);
	w->cut = 0;
}

static uint64_t
cut_symbol(struct writer *w)
{
	static const struct wsymbol s = {.func = "[cut]", .func_len = 5, .file = ""};

	if (!w->cut)
		w->cut = writer_symbol(w, &s);
	return w->cut;
}

void
writer_sample(struct writer *w, const struct wsample *s)
{
	struct buf *b = &w->out;
	size_t n = s->n, at;
	uint64_t cut = 0;

	if (n > WRITER_DEPTH) {
		n = WRITER_DEPTH - 1;
		cut = cut_symbol(w);
	}
	at = begin(b, REC_SAMPLE, MISC_KERNEL);
	buf_u64(b, n ? s->ips[0] : 0);
	buf_u32(b, s->pid);
	buf_u32(b, s->tid);
	buf_u64(b, s->time / 1000 * 1000);
	buf_u64(b, EVENT_ID(s->kind));
	buf_u64(b, s->period);
	buf_u64(b, n + 1 + (cut != 0));
	buf_u64(b, CONTEXT_KERNEL);
	buf_add(b, s->ips, n * sizeof *s->ips);
	if (cut)
		buf_u64(b, cut);
	buf_u64(b, s->ticks | (uint64_t)s->state << 32 | (uint64_t)s->interp << 48);
	end(b, at);
}

void
writer_comm(struct writer *w, uint32_t pid, uint32_t tid, uint64_t time, const char *name,
            bool exec)
{
	struct buf *b = &w->out;
	size_t at = begin(b, REC_COMM, exec ? MISC_COMM_EXEC : 0);

	buf_u32(b, pid);
	buf_u32(b, tid);
	put_display(b, name, strlen(name), COMM_MAX, troubles_comm);
	buf_zero(b, 1);
	pad(b, at);
	put_sample_id(b, pid, tid, time);
	end(b, at);
}

static void
put_task(struct writer *w, uint32_t type, const uint32_t ids[4], uint64_t time)
{
	size_t at = begin(&w->out, type, 0);

	buf_add(&w->out, ids, 16);
	buf_u64(&w->out, time);
	put_sample_id(&w->out, ids[0], ids[2], time);
	end(&w->out, at);
}

void
writer_fork(struct writer *w, uint32_t pid, uint32_t ppid, uint32_t tid, uint32_t ptid,
            uint64_t time)
{
	put_task(w, REC_FORK, (uint32_t[]){pid, ppid, tid, ptid}, time);
}

void
writer_exit(struct writer *w, uint32_t pid, uint32_t ppid, uint32_t tid, uint32_t ptid,
            uint64_t time)
{
	put_task(w, REC_EXIT, (uint32_t[]){pid, ppid, tid, ptid}, time);
}

void
writer_lost(struct writer *w, uint32_t pid, uint32_t tid, uint64_t time, uint64_t ticks)
{
	size_t at = begin(&w->out, REC_LOST_SAMPLES, 0);

	buf_u64(&w->out, ticks);
	put_sample_id(&w->out, pid, tid, time);
	end(&w->out, at);
}

size_t
writer_pending(const struct writer *w)
{
	return w->out.len;
}

/* Appends the round's records to `sent` as COMPRESSED ones. */
static void
pack(struct writer *w, bool last)
{
	const char *p = w->out.p;
	size_t left = w->out.len, at, n;

	do {
		at = begin(&w->sent, REC_COMPRESSED, 0);
		buf_more(&w->sent, ZPACK_OUT);
		n = zpack_piece(w->z, &p, &left, last, w->sent.p + at + 8);
		w->sent.len = n ? at + 8 + n : at;
		if (n)
			end(&w->sent, at);
	} while (n);
	w->out.len = 0;
}

static int
emit(struct writer *w, struct buf *b)
{
	if (write_all(w->fd, b->p, b->len) < 0)
		return err_sys("write");
	w->bytes += b->len;
	b->len = 0;
	return 0;
}

static void
put_round(struct buf *b)
{
	end(b, begin(b, REC_FINISHED_ROUND, 0));
}

static int
flush(struct writer *w, bool last)
{
	if (w->head.p) {
		if (emit(w, &w->head) < 0)
			return -1;
		buf_free(&w->head);
	}
	/*
	 * A FINISHED_ROUND is not compressed, as perf writes it. But for the last: perf 6.1 fails
	 * at a piece that unpacks to nothing, and so there is something to end the frame with.
	 */
	if (!w->z || last)
		put_round(&w->out);
	if (!w->z)
		return emit(w, &w->out);
	pack(w, last);
	if (!last)
		put_round(&w->sent);
	return emit(w, &w->sent);
}

int
writer_round(struct writer *w)
{
	return flush(w, false);
}

uint64_t
writer_bytes(const struct writer *w)
{
	return w->bytes;
}

int
writer_finish(struct writer *w)
{
	w->finished = true;
	return flush(w, true);
}

int
writer_close(struct writer *w)
{
	int rc = w->finished ? 0 : writer_finish(w), e = errno;

	zpack_free(w->z);
	buf_free(&w->head);
	buf_free(&w->out);
	buf_free(&w->sent);
	map_free(&w->index);
	free(w->check);
	free(w);
	errno = e;
	return rc;
}
