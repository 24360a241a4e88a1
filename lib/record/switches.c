#include "record/switches.h"
#include "base/err.h"

#include <linux/perf_event.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
	RING = 4096,  /* bytes; a power of two pages, behind one page of control */
	KEEP = 512,   /* bytes of the oldest records, which may be overwritten while we read */
	ID_SIZE = 16, /* at the end of a record, by sample_id_all: u32 pid, tid; u64 time */
	RECORD_MIN = 8 + ID_SIZE,
};

static long
page_size(void)
{
	static long size;

	return size ? size : (size = sysconf(_SC_PAGESIZE));
}

static size_t
ring_size(void)
{
	return (size_t)page_size() > RING ? (size_t)page_size() : RING;
}

int
switches_open(struct switches *s, pid_t tid, bool on, uint64_t now)
{
	struct perf_event_attr attr = {
	    .type = PERF_TYPE_SOFTWARE,
	    .size = sizeof attr,
	    .config = PERF_COUNT_SW_DUMMY,
	    .sample_type = PERF_SAMPLE_TID | PERF_SAMPLE_TIME,
	    .exclude_kernel =
	        1, /* what an unprivileged user has to ask for; switches come all the same */
	    .exclude_hv = 1,
	    .task = 1, /* tells the thread's end */
	    .watermark = 1,
	    .wakeup_watermark = 1u << 30, /* never wake us */
	    .sample_id_all = 1,
	    .use_clockid = 1,
	    .clockid = CLOCK_MONOTONIC,
	    .context_switch = 1,
	    .write_backward = 1,
	};
	int fd;

	*s = (struct switches){.on = on, .since = now};
	if (tid <= 0) /* 0 would be ourselves */
		return err_set("no such thread");
	fd = (int)syscall(SYS_perf_event_open, &attr, tid, -1, -1, PERF_FLAG_FD_CLOEXEC);
	if (fd < 0)
		return err_sys("thread %d: its context switches", tid);
	s->map = mmap(NULL, (size_t)page_size() + ring_size(), PROT_READ, MAP_SHARED, fd, 0);
	if (s->map == MAP_FAILED) {
		s->map = NULL;
		err_sys("thread %d: its context switches", tid);
	}
	close(fd);
	return s->map ? 0 : -1;
}

void
switches_close(struct switches *s)
{
	if (s->map)
		munmap(s->map, (size_t)page_size() + ring_size());
	s->map = NULL;
}

static uint64_t
head_of(const struct switches *s)
{
	const struct perf_event_mmap_page *page = s->map;

	return __atomic_load_n(&page->data_head, __ATOMIC_ACQUIRE);
}

/* Records are multiples of 8 bytes, and any word of them may be the first of the ring again. */
static uint64_t
word_at(const struct switches *s, uint64_t at)
{
	const char *ring = (const char *)s->map + page_size();

	return __atomic_load_n((const uint64_t *)(const void *)(ring + (at & (ring_size() - 1))),
	                       __ATOMIC_RELAXED);
}

/* The time between two looks, from its end backwards. */
struct span {
	bool seen, out; /* a switch; the oldest so far was one from the CPU */
	uint64_t oldest, newest;
	uint64_t on, ready;
};

static void
add_switch(struct switches *s, struct span *span, bool out, bool preempted, uint64_t time)
{
	uint64_t took = span->seen && span->oldest > time ? span->oldest - time : 0;

	if (!span->seen) {
		span->newest = time;
		s->on = !out;
		s->preempted = preempted;
	}
	s->slept += out && !preempted;
	if (!out && span->out)
		span->on += took;
	if (preempted && !span->out)
		span->ready += took;
	span->seen = true;
	span->out = out;
	span->oldest = time;
}

/* The part before the oldest switch found: spent as it was at the last look, or lost. */
static void
add_rest(struct span *span, const struct switches *before, bool lost)
{
	uint64_t seen = span->newest - span->oldest, rest;
	double part;

	if (span->oldest <= before->since)
		return;
	rest = span->oldest - before->since;
	if (!lost) {
		span->on += before->on && span->out ? rest : 0;
		span->ready += before->preempted && !span->out ? rest : 0;
	} else if (seen) {
		part = (double)rest / (double)seen;
		span->on += (uint64_t)(part * (double)span->on);
		span->ready += (uint64_t)(part * (double)span->ready);
	}
}

/* false: it was overwritten meanwhile. */
static bool
read_records(struct switches *s, uint64_t head)
{
	const struct switches before = *s;
	uint64_t end = before.head, at = head, most = ring_size() - KEEP, header;
	struct span span = {0};
	bool lost = end - head > most;
	uint16_t size, misc;
	uint32_t type;

	if (lost) {
		s->slept += (end - head - most) / (2 * RECORD_MIN);
		end = head + most;
	}
	for (; at != end; at += size) {
		header = word_at(s, at);
		type = (uint32_t)header;
		misc = (uint16_t)(header >> 32);
		size = (uint16_t)(header >> 48);
		if (size < RECORD_MIN || size % 8 || size > end - at)
			break; /* the last one, cut off by `most` */
		if (type == PERF_RECORD_SWITCH)
			add_switch(s, &span, misc & PERF_RECORD_MISC_SWITCH_OUT,
			           misc & PERF_RECORD_MISC_SWITCH_OUT_PREEMPT,
			           word_at(s, at + size - 8));
		else if (type == PERF_RECORD_EXIT) {
			/* The last record: the switch after it is not told. */
			add_switch(s, &span, true, false, word_at(s, at + size - 8));
			s->ended = true;
		}
	}
	if (at != end && !lost)
		lost = true;
	if (span.seen) {
		add_rest(&span, &before, lost);
		s->ran += span.on;
		s->ready += span.ready;
		s->since = span.newest;
		s->known = true;
	}
	s->head = head;
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (head - head_of(s) <= KEEP)
		return true;
	*s = before;
	return false;
}

bool
switches_look(struct switches *s)
{
	uint64_t head = head_of(s), first = s->head;

	while (head != s->head && !read_records(s, head))
		head = head_of(s);
	return s->head != first;
}

uint64_t
switches_ran(const struct switches *s, uint64_t now)
{
	return s->ran + (s->on && now > s->since ? now - s->since : 0);
}

uint64_t
switches_ready(const struct switches *s, uint64_t now)
{
	return s->ready + (s->preempted && now > s->since ? now - s->since : 0);
}
