/*
 * wire: every number of pystream(5) and of the perf.data it is made of, in one place.
 *
 * Layouts (offsets in bytes from the start of a record; u32 etc. in the stream's own byte order;
 * perf's are those of linux/perf_event.h and of
 * tools/perf/Documentation/perf.data-file-format.txt):
 *
 *   stream    "PERFILE2" u64 16, then records
 *   record    0 u32 type  4 u16 misc  6 u16 size, header included
 *   HELLO     8 "PYSTREAM"  16 u32 version  20 u32 flags  24 u32 clock id  28 u32 0
 *             32 u64 ns between ticks  40 zeros to 80
 *   KSYMBOL   8 u64 address  16 u32 length  20 u16 type  22 u16 flags  24 display name NUL pad 8,
 *             then, in ours, the trailer:
 *             +0 u32 tag  +4 u16 version  +6 u16 flags  +8 u32 firstlineno  +12 u32 base line
 *             +16 u32 root  +20 u32 length of name  +24 u32 length of file  +28 u32 0
 *             +32 name, file, pad 8
 *             then sample_id
 *   sample_id u32 pid, tid  u64 time  u64 event id       (ours: SAMPLE_TYPE has TID, TIME, ID)
 *   SAMPLE    8 u64 ip  16 u32 pid, tid  24 u64 time  32 u64 event id  40 u64 period
 *             48 u64 n  56 u64 chain[n]  then u64 weight
 *   weight    bits 0-31 ticks  32-47 state  48-63 interpreter
 *   address   bit 63 set, 62 clear  20-61 hash of the function  0-19 line - base + 1
 */
#ifndef STREAM_WIRE_H
#define STREAM_WIRE_H

#include <stdint.h>

#define WIRE_MAGIC       "PERFILE2"
#define WIRE_MAGIC_OTHER "2ELIFREP" /* written by a machine of the other byte order */
#define HELLO_MAGIC      "PYSTREAM"

enum {
	WIRE_HEADER = 16, /* of a stream; a file that perf record wrote has 104 */
	WIRE_FILE_HEADER = 104,
	WIRE_RECORD_MAX = 65528, /* the largest multiple of 8 that a u16 holds */
	HELLO_SIZE = 80,
	HELLO_VERSION = 1,
	ATTR_SIZE = 128, /* of our perf_event_attr; 144 breaks perf 6.12's inject -o */
	ATTR_SIZE_MIN = 64,
	SAMPLE_ID_SIZE = 24, /* of ours */
};

/* Record types: below 64 the kernel's, from 64 perf's own. */
enum {
	REC_MMAP = 1,
	REC_LOST = 2,
	REC_COMM = 3,
	REC_EXIT = 4,
	REC_FORK = 7,
	REC_SAMPLE = 9,
	REC_MMAP2 = 10,
	REC_LOST_SAMPLES = 13,
	REC_KSYMBOL = 17,
	REC_USER = 64, /* the first of perf's own */
	REC_ATTR = 64,
	REC_HELLO = 65, /* perf's EVENT_TYPE, which it has long skipped */
	REC_TRACING_DATA = 66,
	REC_FINISHED_ROUND = 68,
	REC_AUXTRACE = 71,
	REC_EVENT_UPDATE = 78,
	REC_FEATURE = 80,
	REC_COMPRESSED = 81,
	REC_COMPRESSED2 = 83,
};

enum {
	MISC_CPUMODE = 7,
	MISC_KERNEL = 1,
	MISC_USER = 2,
	MISC_COMM_EXEC = 1 << 13,
};

enum { UPDATE_NAME = 2 };             /* EVENT_UPDATE: u64 what, u64 id, name NUL pad 8 */
enum { KSYMBOL_TYPE_OOL = 2 };        /* code that has no place in the kernel's text */
enum { KSYMBOL_UNREGISTER = 1 << 0 }; /* flags */
enum { KSYMBOL_NAME_MAX = 511 };      /* KSYM_NAME_LEN of today's kernels, less the NUL */
enum { COMM_MAX = 63 };               /* bytes of a name that we write */
enum { FEAT_VERSION = 5, FEAT_ARCH = 6, FEAT_COMPRESSED = 27, FEAT_CLOCK_DATA = 29 };

/* perf_event_attr: offsets of its fields, and bits of its flags. */
enum {
	ATTR_TYPE = 0,
	ATTR_CONFIG = 8,
	ATTR_PERIOD = 16,
	ATTR_SAMPLE_TYPE = 24,
	ATTR_READ_FORMAT = 32,
	ATTR_FLAGS = 40,
	ATTR_BRANCH_TYPE = 72,
	ATTR_REGS_USER = 80,
	ATTR_CLOCKID = 92,
};

enum {
	FLAG_EXCLUDE_KERNEL = 5,
	FLAG_MMAP = 8,
	FLAG_COMM = 9,
	FLAG_FREQ = 10,
	FLAG_TASK = 13,
	FLAG_SAMPLE_ID_ALL = 18,
	FLAG_MMAP2 = 23,
	FLAG_COMM_EXEC = 24,
	FLAG_USE_CLOCKID = 25,
	FLAG_KSYMBOL = 29,
};

enum { TYPE_SOFTWARE = 1, CONFIG_DUMMY = 9 };

/* sample_type, in bit order; the fields of a SAMPLE come in this order but for IDENTIFIER. */
enum {
	SAMPLE_IP = 1 << 0,
	SAMPLE_TID = 1 << 1,
	SAMPLE_TIME = 1 << 2,
	SAMPLE_ADDR = 1 << 3,
	SAMPLE_READ = 1 << 4,
	SAMPLE_CALLCHAIN = 1 << 5,
	SAMPLE_ID = 1 << 6,
	SAMPLE_CPU = 1 << 7,
	SAMPLE_PERIOD = 1 << 8,
	SAMPLE_STREAM_ID = 1 << 9,
	SAMPLE_RAW = 1 << 10,
	SAMPLE_BRANCH_STACK = 1 << 11,
	SAMPLE_REGS_USER = 1 << 12,
	SAMPLE_STACK_USER = 1 << 13,
	SAMPLE_WEIGHT = 1 << 14,
	SAMPLE_IDENTIFIER = 1 << 16,
	SAMPLE_WEIGHT_STRUCT = 1 << 24,
};

/* What `perf record -g -F` has, so that both splice, and our weight word behind it. */
#define SAMPLE_TYPE                                                                                \
	(SAMPLE_IP | SAMPLE_TID | SAMPLE_TIME | SAMPLE_CALLCHAIN | SAMPLE_ID | SAMPLE_PERIOD |     \
	 SAMPLE_WEIGHT_STRUCT)

enum {
	READ_TIME_ENABLED = 1 << 0,
	READ_TIME_RUNNING = 1 << 1,
	READ_ID = 1 << 2,
	READ_GROUP = 1 << 3,
	READ_LOST = 1 << 4,
};

enum { BRANCH_HW_INDEX = 1 << 17, BRANCH_COUNTERS = 1 << 19 };

/* Entries of a chain from here up are no addresses: they say what the next ones are. */
#define CONTEXT_MAX           (UINT64_MAX - 4094)
#define CONTEXT_HV            (UINT64_MAX - 31)
#define CONTEXT_KERNEL        (UINT64_MAX - 127)
#define CONTEXT_USER          (UINT64_MAX - 511)
#define CONTEXT_USER_DEFERRED (UINT64_MAX - 639) /* a cookie follows, no address */

/*
 * Event ids: "py" in the upper half, where the kernel, which counts from 1, does not come. The
 * lower half is the number of the kind, from 1.
 */
#define EVENT_ID(kind) (UINT64_C(0x7079) << 32 | ((uint64_t)(kind) + 1))
/* In the order of enum kind. */
#define EVENT_NAMES                                                                                \
	{                                                                                          \
		"py-cpu", "py-idle", "py-await", "py-alloc", "py-line"                             \
	}

/* Addresses of ours. */
#define SYMBOL_BIT   (UINT64_C(1) << 63)
#define SYMBOL_CLEAR (UINT64_C(1) << 62)
#define SYMBOL_HASH  ((UINT64_C(1) << 42) - 1) /* before it is shifted */
enum { SYMBOL_SHIFT = 20, SYMBOL_SIZE = 1 << 20, SYMBOL_LINE = SYMBOL_SIZE - 1 };

enum {
	TRAILER_TAG = 0x4d535950, /* "PYSM" in a little-endian stream */
	TRAILER_VERSION = 1,
	TRAILER_SIZE = 32,       /* before the strings */
	TRAILER_TEXT_MAX = 8192, /* of each string */
};

/* One zstd frame holds so much content at most, and a COMPRESSED record yields no more. */
enum { FRAME_CONTENT = 1 << 20, MMAP_LEN = 2 << 20 };

#endif
