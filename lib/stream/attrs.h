/*
 * attrs: the event attributes of a stream, and samples taken apart by them.
 *
 * Any sample_type up to WEIGHT, several events told apart by their ids, as perf does it.
 */
#ifndef STREAM_ATTRS_H
#define STREAM_ATTRS_H

#include "base/table.h"
#include "stream/reader.h"
#include "stream/source.h"

struct attr {
	uint32_t type, regs; /* regs: how many user registers a sample has */
	uint64_t config, period, sample_type, read_format, branch_type;
	bool freq, id_all;
	int id_at; /* u64s before the id in a SAMPLE; -1: it has none */
	enum kind kind;
	char name[64];
};

struct attrs {
	struct attr *a;
	size_t n, cap;
	struct map by_id; /* -> attr */
	size_t newest;    /* the one that sample_id goes by: those of one stream agree */
	unsigned id_at;   /* bit n: an event has its id n u64 behind a SAMPLE's header */
};

/* What every record but perf's own carries at its end, where sample_id_all is set. */
struct sample_id {
	uint32_t pid, tid;
	uint64_t time, id;
};

struct sample {
	const struct attr *attr;
	struct sample_id id;
	uint64_t ip, period;
	const unsigned char *chain; /* n u64 of the stream's byte order; NULL: the event has none */
	size_t n;
	uint64_t weight;
	bool has_weight;
};

/* ATTR and EVENT_UPDATE records, source_bad() where they cannot be. */
int attrs_add(struct attrs *, const struct source *, const struct record *);
int attrs_update(struct attrs *, const struct source *, const struct record *);
void attrs_clear(struct attrs *);
void attrs_free(struct attrs *);

/* Bytes at the end of a kernel's record that are its sample_id. */
size_t attrs_id_size(const struct attrs *);
/* Reads them; all zero where there are none. -1 where the record is too short. */
int attrs_id(const struct attrs *, const struct source *, const struct record *,
             struct sample_id *);
int attrs_sample(const struct attrs *, const struct source *, const struct record *,
                 struct sample *);

#endif
