/*
 * remote: the memory of another process behind one small interface, and the working set that
 * reads it in one call.
 *
 * The other side lies, moves and dies: a read may fail at any time, and a read that succeeds says
 * only what was there in the microsecond it took.
 */
#ifndef TARGET_REMOTE_H
#define TARGET_REMOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

struct remote {
	pid_t pid;
	/*
	 * Reads from the n remote ranges to the n local ones, in order, as process_vm_readv(2).
	 * Bytes read, short where a range cannot be read whole; -1 with errno.
	 */
	ssize_t (*readv)(struct remote *, const struct iovec *local, const struct iovec *far,
	                 size_t n);
	void *arg;
};

/* A live process. Nothing to close. */
void remote_live(struct remote *, pid_t);

/* Reads n bytes whole: 0, or -1 with errno. */
int remote_read(struct remote *, uint64_t addr, void *to, size_t n);

/*
 * snap: a copy of many places of a process, made in one system call.
 *
 * A walk over the target's structures asks snap_at() for places; what is not in the copy is noted,
 * and after the walk stopped snap_take() reads everything asked for so far again, so that the walk
 * that succeeds saw one moment (some microseconds long), not many. Places are remembered: the next
 * snapshot of the same thread is complete at once as long as the thread stays where it was.
 *
 * Ranges are read in the order in which they were asked for, but for near neighbours, which are
 * merged (another range costs 0.35 us, as much as 2 KiB of copying). After them, still in the same
 * call, the places asked for with snap_echo() are read a second time: what is the same in both
 * copies stood still while everything between them was copied.
 *
 *      main   [tstate 256][words 260][chunk 2.4K][generator frame 72] ...
 *      echo                                                            [caller 72][caller 72]
 */
struct snap_range {
	uint64_t addr;
	uint32_t len;
	uint32_t off;  /* in copy */
	uint32_t used; /* the snapshot's number when it was last asked for */
};

struct snap_set {
	struct snap_range *range; /* in reading order */
	size_t n, cap;
	size_t ready; /* the first so many are in the copy */
};

struct snap {
	struct snap_set main, echo;
	uint32_t serial; /* counts snapshots */
	bool missing;    /* something was asked for that is not in the copy */
	bool split;      /* it took more than one call: too many ranges, or an unreadable one */
	char *copy;
	size_t copy_cap;
};

enum { SNAP_MAX_RANGES = 4096, SNAP_MAX_BYTES = 16 << 20, SNAP_KEEP = 8 };

/* Begins a new walk: what SNAP_KEEP walks did not ask for is forgotten, and every echo. */
void snap_begin(struct snap *);

/* Reads all that is wanted. 0; -1 with errno when the first range could not be read (the thread
 * or process has gone). Other ranges that cannot be read are forgotten. */
int snap_take(struct snap *, struct remote *);

/* The copy of [addr, addr + len), or NULL: then it is wanted, and `missing` is set. */
const void *snap_at(struct snap *, uint64_t addr, size_t len);
const void *snap_echo(struct snap *, uint64_t addr, size_t len);

/* The copy, or NULL, without wanting it. */
const void *snap_peek(struct snap *, uint64_t addr, size_t len);

/* Wants a range without looking at it. */
void snap_want(struct snap *, uint64_t addr, size_t len);

void snap_free(struct snap *);

#endif
