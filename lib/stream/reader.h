/*
 * reader: bytes -> events. Reads pystream(5), and the pipe-mode perf.data that it is made of.
 *
 * The bytes are hostile: every length is checked against what holds it, a malformed record ends
 * the reading with its offset in err_why(), and every event before it has been delivered. Memory
 * grows with the number of distinct symbols and frames, never with the length of the stream.
 *
 * A chain entry is resolved when its sample is read, for addresses may be bound anew later. Frames
 * are interned: equal (function, file, line, kind) have equal ids for the life of the reader, also
 * across joined streams, so a consumer keeps what it makes of a frame in an array indexed by id.
 */
#ifndef STREAM_READER_H
#define STREAM_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bits of a sample's state (u16), as pystream(5) has them in the weight word. */
enum {
	STATE_GIL = 1 << 0,       /* holds the GIL */
	STATE_GIL_WAIT = 1 << 1,  /* waits for it */
	STATE_GC = 1 << 2,        /* collects garbage */
	STATE_PREEMPTED = 1 << 3, /* runnable, but another has the CPU */
	STATE_QUALITY = 3 << 4,   /* how the stack was had: one of the four below */
	STATE_CLEAN = 0 << 4,
	STATE_RETRIED = 1 << 4,
	STATE_STOPPED = 2 << 4,
	STATE_TORN = 3 << 4,
};

/* What an event kind's name says; stock perf's events are KIND_OTHER. */
enum kind { KIND_CPU, KIND_IDLE, KIND_AWAIT, KIND_ALLOC, KIND_LINE, KIND_OTHER };

enum frame_kind { FRAME_PYTHON, FRAME_NATIVE, FRAME_KERNEL, FRAME_UNKNOWN };

struct frame {
	const char *func; /* UTF-8 as the stream had it; may hold anything but NUL */
	const char *file; /* Python: co_filename. Native: the mapped object's path. "" unknown */
	uint32_t root;    /* leading bytes of `file` that are the import root, 0 unknown */
	uint32_t firstline, line; /* 0: none known */
	uint64_t addr;            /* of FRAME_NATIVE, _KERNEL and _UNKNOWN */
	enum frame_kind kind;
};

/*
 * EV_JOIN: another stream was joined to the one so far (cat a b): its names and times have nothing
 * to do with those before. Frames' ids stay.
 */
enum event_type { EV_SAMPLE, EV_LOST, EV_COMM, EV_FORK, EV_EXIT, EV_ROUND, EV_JOIN };

struct event {
	enum event_type type;
	enum kind kind;    /* EV_SAMPLE */
	const char *event; /* EV_SAMPLE: the event's name, "py-cpu"; "" unknown */
	uint32_t pid, tid; /* not EV_ROUND, EV_JOIN; tid 0 in EV_LOST: not one thread's */
	uint32_t ppid;     /* EV_FORK */
	uint64_t time;     /* ns of the stream's clock; 0 where the record has none */
	uint64_t period;   /* EV_SAMPLE: ns, bytes, or the event's own unit */
	uint32_t ticks;    /* EV_SAMPLE: ticks it stands for; 1 where the record has no weight */
	uint16_t state, interp; /* EV_SAMPLE */
	uint64_t lost;          /* EV_LOST: ticks (or samples) */
	const char *comm;       /* EV_COMM */
	bool exec;              /* EV_COMM: by exec, the process's memory is new */
	const uint32_t *frames; /* EV_SAMPLE: ids, leaf first */
	size_t nframes;
};

struct reader;

/*
 * Reads from fd, which stays the caller's; `name` is for messages. Reads the header at once.
 * NULL with err where it is not a stream.
 */
struct reader *reader_open(int fd, const char *name);

/* 1: *ev holds the next event, its pointers good until the next call. 0: the end. -1: see err. */
int reader_next(struct reader *, struct event *ev);

/* Good until reader_close(); id from an event of this reader. */
const struct frame *reader_frame(const struct reader *, uint32_t id);
size_t reader_nframes(const struct reader *); /* ids are below this */

/* Bytes consumed of the stream so far, after decompression and before it. */
uint64_t reader_offset(const struct reader *);

/*
 * Goes on with another file after the end of the one before: ids stay. 0, or -1 with err.
 */
int reader_chain(struct reader *, int fd, const char *name);

void reader_close(struct reader *);

#endif
