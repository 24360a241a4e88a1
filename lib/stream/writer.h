/*
 * writer: records -> bytes of pystream(5), to a file descriptor.
 *
 * Times are written in whole microseconds. Records collect in memory and go out together with
 * writer_round(), which ends them with a FINISHED_ROUND, so that what a killed recorder leaves
 * behind is whole records. Memory is bounded by one round and the symbol table (WRITER_SYMBOLS).
 */
#ifndef STREAM_WRITER_H
#define STREAM_WRITER_H

#include "stream/reader.h"

/* Symbols remembered before writer_full() asks to forget them: bounds the memory of a day's run. */
enum { WRITER_SYMBOLS = 65536 };

/* A chain holds at most so many frames; deeper stacks keep the leaf side under a "[cut]" root. */
enum { WRITER_DEPTH = 4096 };

struct writer;

/*
 * zlevel 0: plain; 1 to 19: zstd. fd stays the caller's. Writes the header (hello, attributes,
 * features) with the first round. Never fails: errors come from writer_round().
 */
struct writer *writer_open(int fd, int zlevel, double hz);

/* What the header says of a stream's making. writer_open() says what holds here and now. */
struct worigin {
	double hz;                 /* ticks a second; 0: none */
	const char *arch;          /* as uname -m has it */
	const char *program;       /* what wrote it, and its version */
	uint64_t wall_ns, time_ns; /* the same moment since the epoch, and of the stream's clock */
};

struct writer *writer_open_as(int fd, int zlevel, const struct worigin *);

struct wsymbol {
	const char *func, *file; /* UTF-8, exact; cut at 8 KiB each */
	size_t func_len, file_len;
	uint32_t root; /* leading bytes of file that are its import root; 0 unknown */
	uint32_t firstline;
	uint32_t base; /* smallest line of the code's table */
};

/*
 * Defines a Python function in the stream, once; returns its address, the low 20 bits zero. Equal
 * symbols get equal addresses in any stream, but for collisions.
 */
uint64_t writer_symbol(struct writer *, const struct wsymbol *);

/* The chain entry for a line (0: none) of the symbol at addr. */
uint64_t writer_ip(uint64_t addr, uint32_t base, uint32_t line);

/* True when the table is full: then drop every address held and call writer_forget(). */
bool writer_full(const struct writer *);
void writer_forget(struct writer *);

struct wsample {
	enum kind kind;
	uint32_t pid, tid;
	uint64_t time, period; /* ns, CLOCK_MONOTONIC */
	uint32_t ticks;
	uint16_t state, interp;
	const uint64_t *ips; /* leaf first, from writer_ip() */
	size_t n;
};

void writer_sample(struct writer *, const struct wsample *);
void writer_comm(struct writer *, uint32_t pid, uint32_t tid, uint64_t time, const char *name,
                 bool exec);
void writer_fork(struct writer *, uint32_t pid, uint32_t ppid, uint32_t tid, uint32_t ptid,
                 uint64_t time);
void writer_exit(struct writer *, uint32_t pid, uint32_t ppid, uint32_t tid, uint32_t ptid,
                 uint64_t time);
void writer_lost(struct writer *, uint32_t pid, uint32_t tid, uint64_t time, uint64_t ticks);

/* Bytes that wait for the next round, before compression. */
size_t writer_pending(const struct writer *);

/* Sends everything pending. -1 with err and errno (EPIPE: the reader has gone). */
int writer_round(struct writer *);

/* Bytes that reached fd so far. */
uint64_t writer_bytes(const struct writer *);

/* Sends the rest and ends the compression: only writer_bytes() and writer_close() may follow. */
int writer_finish(struct writer *);

/* writer_finish() where that was not done, and frees. -1 with err and errno as writer_round(). */
int writer_close(struct writer *);

#endif
