#include "cpython/layout.h"
#include "base/err.h"
#include "base/at.h"

#include <string.h>

/*
 * PyObject, PyVarObject, PyBytesObject, PyDictObject, PyTypeObject: the same from 3.8 to 3.15, but
 * that PyObject is h bytes longer in free-threaded builds, and everything behind it later.
 */
#define OBJECTS(h)                                                                                 \
	.ob_type = 8 + h, .bytes_size = 16 + h, .bytes_data = 32 + h, .str_length = 16 + h,        \
	.str_state = 32 + h, .dict_keys = 32 + h, .dict_values = 40 + h, .dict_used = 16 + h,      \
	.type_name = 24 + h, .type_basicsize = 32 + h, .type_flags = 168 + h,                      \
	.type_dictoffset = 288 + h, .type_base = 256 + h, .type_dict = 264 + h,                    \
	.long_digits = 24 + h, .float_value = 16 + h, .complex_value = 16 + h,                     \
	.bytearray_start = 40 + h, .list_items = 24 + h, .set_used = 24 + h, .set_mask = 32 + h,   \
	.set_table = 40 + h, .slice_start = 16 + h, .cell_ref = 16 + h, .module_dict = 16 + h,     \
	.method_function = 16 + h, .method_self = 24 + h, .builtin_def = 16 + h,                   \
	.builtin_self = 24 + h, .exc_args = 24 + h, .gil_size = 208 + h / 2 /* `enabled` */

#define STRINGS_WITH_WSTR .kinds_shift = 2, .str_ascii = 48, .str_compact = 72 /* <= 3.11 */
#define STRINGS(h)        .str_ascii = 40 + h, .str_compact = 56 + h

/* <= 3.13 */
#define PLAIN_CODE                                                                                 \
	.code_mask = UINT64_MAX, .in_code_gen = LAYOUT_NONE, .fr_tlbc = LAYOUT_NONE,               \
	.co_tlbc = LAYOUT_NONE, .fr_iter = LAYOUT_NONE, .gen_frame = LAYOUT_NONE

#define NO_DATA_STACK                                                                              \
	.cf_frame = LAYOUT_NONE, .ts_native_id = LAYOUT_NONE, .ts_status = LAYOUT_NONE,            \
	.ts_chunk = LAYOUT_NONE, .ts_top = LAYOUT_NONE, .fr_owner = LAYOUT_NONE,                   \
	.fr_entry = LAYOUT_NONE, .co_qualname = LAYOUT_NONE, .co_bytecode = LAYOUT_NONE,           \
	.co_framesize = LAYOUT_NONE, .co_nlocalsplus = LAYOUT_NONE, .co_localsnames = LAYOUT_NONE, \
	.co_localskinds = LAYOUT_NONE

/* Names of locals since 3.11: one tuple for all of them. */
#define NAMES_IN_ONE                                                                               \
	.co_nlocals = LAYOUT_NONE, .co_varnames = LAYOUT_NONE, .co_cellvars = LAYOUT_NONE,         \
	.co_freevars = LAYOUT_NONE, .co_cell2arg = LAYOUT_NONE

#define NO_OWN_GIL .in_gil = LAYOUT_NONE, .gil_holder = LAYOUT_NONE, .gil_locked = LAYOUT_NONE

/* A heap frame, a code object and a thread state before 3.11. */
#define HEAP_FRAMES                                                                                \
	.frames = FRAMES_HEAP, .attrs = ATTRS_DICTOFFSET, .keys = KEYS_SIZE, .ts_next = 8,         \
	.ts_interp = 16, .ts_frame = 24, .ts_thread_id = 176, .ts_size = 184, .fr_previous = 24,   \
	.fr_code = 32, .co_filename = 104, .co_name = 112, .co_firstlineno = 40,                   \
	.co_linetable = 120, .co_stacksize = 32, .co_size = 128, .co_argcount = 16,                \
	.co_kwonly = 24, .co_flags = 36, .co_nlocals = 28, .co_varnames = 72, .co_freevars = 80,   \
	.co_cellvars = 88, .co_cell2arg = 96, .rt_interp_head = 32, .in_next = 0, .in_threads = 8, \
	.obj_dict = LAYOUT_NONE, .tuple_items = 24, NO_DATA_STACK, NO_OWN_GIL, STRINGS_WITH_WSTR,  \
	OBJECTS(0), PLAIN_CODE

/* From 3.13 on: what its own debug offsets leave out or confirm. */
#define STACK_FRAMES(h)                                                                            \
	.frames = FRAMES_STACK, .lines = LINES_LOCATIONS, .attrs = ATTRS_INLINE,                   \
	.keys = KEYS_LOG2, .long_tagged = true, .pos_unit = 1, .owner_generator = 1,               \
	.owner_skip = 3, OBJECTS(h), STRINGS(h), NAMES_IN_ONE, .rt_gil_holder = LAYOUT_NONE,       \
	.rt_gil = LAYOUT_NONE, .rt_collecting = LAYOUT_NONE, .in_gil = 16, .ts_next = 8,           \
	.ts_interp = 16, .ts_frame = 72, .cf_frame = LAYOUT_NONE, .fr_previous = 8, .fr_code = 0,  \
	.fr_pos = 56, .fr_live = 64, .fr_entry = LAYOUT_NONE, .co_filename = 112 + h,              \
	.co_name = 120 + h, .co_qualname = 128 + h, .co_firstlineno = 68 + h,                      \
	.co_linetable = 136 + h, .co_framesize = 76 + h, .co_nlocalsplus = 72 + h,                 \
	.co_stacksize = 64 + h, .co_argcount = 52 + h, .co_kwonly = 60 + h, .co_flags = 48 + h,    \
	.co_localsnames = 96 + h, .co_localskinds = 104 + h, .co_size = 144 + h,                   \
	.fn_qualname = 40 + h, .gen_qualname = 32 + h
#define STACK_GIL STACK_FRAMES(0), .obj_dict = 24, .gil_holder = 8, .gil_locked = 16
#define STACK_FREE                                                                                 \
	STACK_FRAMES(16), .free_threaded = true, .obj_dict = 8, .gil_holder = 16, .gil_locked = 24

#define STACK_313                                                                                  \
	.minor = 13, .live = LIVE_STACKTOP, .rt_interp_head = 632, .in_next = 7264, .in_id = 7272, \
	.in_threads = 7344, .in_collecting = 7600, .ts_thread_id = 152, .ts_native_id = 160,       \
	.ts_status = 40, .ts_chunk = 232, .ts_top = 240, .ts_size = 248, .fr_owner = 70,           \
	.fr_locals = 72, .fr_size = 72, .kinds_shift = 2, PLAIN_CODE
#define STACK_314                                                                                  \
	.minor = 14, .fr_iter = 8, .live = LIVE_NULL, .code_mask = ~3ull, .rt_interp_head = 808,   \
	.in_next = 7272, .in_id = 7280, .in_threads = 7344, .in_collecting = 7600,                 \
	.ts_thread_id = 152, .ts_native_id = 160, .ts_status = 44, .ts_chunk = 232, .ts_top = 240, \
	.ts_size = 248, .fr_locals = 80, .fr_size = 80
#define STACK_315                                                                                  \
	.minor = 15, .fr_iter = 16, .live = LIVE_NULL, .code_mask = ~3ull, .rt_interp_head = 936,  \
	.in_next = 7264, .in_id = 7272, .in_threads = 7336, .in_collecting = 7512,                 \
	.in_modules = 7592, .ts_thread_id = 176, .ts_native_id = 184, .ts_status = 48,             \
	.ts_chunk = 256, .ts_top = 264, .ts_size = 272, .fr_locals = 80, .fr_size = 80
#define NO_TLBC .fr_tlbc = LAYOUT_NONE, .co_tlbc = LAYOUT_NONE

static const struct layout rows[] = {
    {
        .minor = 8,
        HEAP_FRAMES,
        .live = LIVE_EXECUTING,
        .lines = LINES_LNOTAB,
        .pos_unit = 1,
        .rt_gil_holder = 1368,
        .rt_gil = 1152,
        .rt_collecting = 544,
        .in_id = 16,
        .in_collecting = LAYOUT_NONE,
        .in_modules = 56,
        .fr_pos = 104,
        .fr_live = 116,
        .fr_locals = 360,
        .fr_size = 117,
        .heap_cached_keys = 872,
        .heap_qualname = 864,
        .fn_qualname = 104,
        .gen_qualname = 56,
    },
    {
        .minor = 9,
        HEAP_FRAMES,
        .live = LIVE_EXECUTING,
        .lines = LINES_LNOTAB,
        .pos_unit = 1,
        .rt_gil_holder = 568,
        .rt_gil = 352,
        .rt_collecting = LAYOUT_NONE,
        .in_id = 24,
        .in_collecting = 816,
        .in_modules = 856,
        .fr_pos = 104,
        .fr_live = 116,
        .fr_locals = 360,
        .fr_size = 117,
        .heap_cached_keys = 864,
        .heap_qualname = 856,
        .fn_qualname = 104,
        .gen_qualname = 56,
    },
    {
        .minor = 10,
        HEAP_FRAMES,
        .live = LIVE_STATE,
        .lines = LINES_310,
        .pos_unit = 2,
        .rt_gil_holder = 568,
        .rt_gil = 352,
        .rt_collecting = LAYOUT_NONE,
        .in_id = 24,
        .in_collecting = 816,
        .in_modules = 856,
        .fr_pos = 96,
        .fr_live = 108,
        .fr_locals = 352,
        .fr_size = 109,
        .heap_cached_keys = 872,
        .heap_qualname = 864,
        .fn_qualname = 40,
        .gen_qualname = 48,
    },
    {
        .minor = 11,
        .frames = FRAMES_CFRAME,
        .live = LIVE_STACKTOP,
        .lines = LINES_LOCATIONS,
        .attrs = ATTRS_VALUES,
        .keys = KEYS_LOG2,
        .long_tagged = false,
        .pos_unit = 1,
        .owner_generator = 1,
        OBJECTS(0),
        STRINGS_WITH_WSTR,
        PLAIN_CODE,
        .obj_dict = 24,
        .tuple_items = 24,
        NO_OWN_GIL,
        .rt_interp_head = 40,
        .rt_gil_holder = 576,
        .rt_gil = 360,
        .rt_collecting = LAYOUT_NONE,
        .in_next = 0,
        .in_id = 48,
        .in_threads = 16,
        .in_collecting = 848,
        .in_modules = 888,
        .ts_next = 8,
        .ts_interp = 16,
        .ts_frame = 56,
        .cf_frame = 8,
        .ts_thread_id = 152,
        .ts_native_id = 160,
        .ts_status = LAYOUT_NONE,
        .ts_chunk = 296,
        .ts_top = 304,
        .ts_size = 320,
        .fr_previous = 48,
        .fr_code = 32,
        .fr_pos = 56,
        .fr_live = 64,
        .fr_entry = 68,
        .fr_owner = 69,
        .fr_locals = 72,
        .fr_size = 72,
        .co_filename = 112,
        .co_name = 120,
        .co_qualname = 128,
        .co_firstlineno = 72,
        .co_linetable = 136,
        .co_bytecode = 184,
        .co_framesize = LAYOUT_NONE,
        .co_nlocalsplus = 76,
        .co_stacksize = 68,
        .co_argcount = 56,
        .co_kwonly = 64,
        .co_flags = 48,
        NAMES_IN_ONE,
        .co_localsnames = 96,
        .co_localskinds = 104,
        .co_size = 144,
        .heap_cached_keys = 872,
        .heap_qualname = 864,
        .fn_qualname = 40,
        .gen_qualname = 40,
    },
    {
        .minor = 12,
        .frames = FRAMES_CFRAME,
        .live = LIVE_STACKTOP,
        .lines = LINES_LOCATIONS,
        .attrs = ATTRS_TAGGED,
        .keys = KEYS_LOG2,
        .long_tagged = true,
        .pos_unit = 1,
        .owner_generator = 1,
        .owner_skip = 3,
        OBJECTS(0),
        STRINGS(0),
        PLAIN_CODE,
        .kinds_shift = 2,
        .obj_dict = 24,
        .tuple_items = 24,
        .rt_interp_head = 40,
        .rt_gil_holder = LAYOUT_NONE,
        .rt_gil = LAYOUT_NONE,
        .rt_collecting = LAYOUT_NONE,
        .in_next = 0,
        .in_id = 8,
        .in_threads = 72,
        .in_gil = 384,
        .in_collecting = 312,
        .in_modules = 944,
        .gil_holder = 8,
        .gil_locked = 16,
        .ts_next = 8,
        .ts_interp = 16,
        .ts_frame = 56,
        .cf_frame = 0,
        .ts_thread_id = 136,
        .ts_native_id = 144,
        .ts_status = LAYOUT_NONE,
        .ts_chunk = 232,
        .ts_top = 240,
        .ts_size = 256,
        .fr_previous = 8,
        .fr_code = 0,
        .fr_pos = 56,
        .fr_live = 64,
        .fr_entry = LAYOUT_NONE,
        .fr_owner = 70,
        .fr_locals = 72,
        .fr_size = 72,
        .co_filename = 112,
        .co_name = 120,
        .co_qualname = 128,
        .co_firstlineno = 68,
        .co_linetable = 136,
        .co_bytecode = 192,
        .co_framesize = 76,
        .co_nlocalsplus = 72,
        .co_stacksize = 64,
        .co_argcount = 52,
        .co_kwonly = 60,
        .co_flags = 48,
        NAMES_IN_ONE,
        .co_localsnames = 96,
        .co_localskinds = 104,
        .co_size = 144,
        .heap_cached_keys = 880,
        .heap_qualname = 872,
        .fn_qualname = 40,
        .gen_qualname = 32,
    },
    {
        STACK_313,
        STACK_GIL,
        .in_modules = 7656,
        .co_bytecode = 200,
        .tuple_items = 24,
        .heap_cached_keys = 880,
        .heap_qualname = 872,
    },
    {
        STACK_313,
        STACK_FREE,
        .in_modules = 7664,
        .co_bytecode = 216,
        .tuple_items = 40,
        .heap_cached_keys = 896,
        .heap_qualname = 888,
    },
    {
        STACK_314,
        STACK_GIL,
        NO_TLBC,
        .gen_frame = 72,
        .kinds_shift = 2,
        .in_modules = 7688,
        .in_code_gen = 7992,
        .fr_owner = 74,
        .co_bytecode = 208,
        .tuple_items = 32,
        .heap_cached_keys = 880,
        .heap_qualname = 872,
    },
    {
        STACK_314,
        STACK_FREE,
        .gen_frame = 88,
        .kinds_shift = 8,
        .in_modules = 7712,
        .in_code_gen = 8024,
        .fr_tlbc = 72,
        .fr_owner = 78,
        .co_tlbc = 224,
        .co_bytecode = 232,
        .tuple_items = 48,
        .heap_cached_keys = 896,
        .heap_qualname = 888,
    },
    {
        STACK_315,
        STACK_GIL,
        NO_TLBC,
        .gen_frame = 72,
        .kinds_shift = 2,
        .in_code_gen = 7944,
        .fr_owner = 74,
        .co_bytecode = 208,
        .tuple_items = 32,
        .heap_cached_keys = 888,
        .heap_qualname = 880,
    },
    {
        STACK_315,
        STACK_FREE,
        .gen_frame = 88,
        .kinds_shift = 8,
        .in_code_gen = 7952,
        .fr_tlbc = 72,
        .fr_owner = 78,
        .co_tlbc = 224,
        .co_bytecode = 232,
        .tuple_items = 48,
        .heap_cached_keys = 904,
        .heap_qualname = 896,
    },
};

enum { FREE_THREADED_FIRST = 13 };

const struct layout *
layout_row(int minor, bool free_threaded)
{
	size_t i;

	for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (rows[i].minor == minor && rows[i].free_threaded == free_threaded)
			return &rows[i];
	}
	if (minor > rows[i - 1].minor)
		err_set("3.%d is newer than this release, which knows where 3.%d to 3.%d keep what "
		        "they say of themselves",
		        minor, rows[0].minor, rows[i - 1].minor);
	else
		err_set("3.%d%s is not known to this release (3.%d to 3.%d are, and free-threaded "
		        "builds from 3.%d on)",
		        minor, free_threaded ? "t" : "", rows[0].minor, rows[i - 1].minor,
		        FREE_THREADED_FIRST);
	return NULL;
}

/*
 * Where _Py_DebugOffsets keeps a number that we use, by minor version, 3.13 first. Positions are
 * bytes from the start of _PyRuntime; the structure is the same within a minor version, and nothing
 * in it says how it is laid out, so that a later minor's cannot be read.
 */
struct debug_entry {
	uint16_t at[3];
	uint32_t max; /* larger is nonsense, and would leave the buffers of those who read it */
	size_t field; /* offset in struct layout */
};

enum { DEBUG_FIRST = 13, DEBUG_VERSION = 8, DEBUG_FREE_THREADED = 16 };

static const uint16_t debug_gc[] = {80, 88, 88}, debug_collecting[] = {576, 656, 760};

/*
 * thread_state.status there is _status, the bits, and not `state`, which says that the thread is
 * attached: ts_status is the row's.
 */
#define ENTRY(at13, at14, at15, name, max)                                                         \
	{                                                                                          \
		{at13, at14, at15}, max, offsetof(struct layout, name)                             \
	}
static const struct debug_entry debug_entries[] = {
    ENTRY(40, 40, 40, rt_interp_head, 1 << 20),
    ENTRY(56, 56, 56, in_id, 1 << 20),
    ENTRY(64, 64, 64, in_next, 1 << 20),
    ENTRY(72, 72, 72, in_threads, 1 << 20),
    ENTRY(88, 96, 96, in_modules, 1 << 20),
    ENTRY(112, 120, 120, in_gil, 1 << 20),
    ENTRY(0, 160, 160, in_code_gen, 1 << 20),
    ENTRY(168, 192, 192, ts_next, LAYOUT_SIZE_MAX - 8),
    ENTRY(176, 200, 200, ts_interp, LAYOUT_SIZE_MAX - 8),
    ENTRY(184, 208, 208, ts_frame, LAYOUT_SIZE_MAX - 8),
    ENTRY(192, 216, 240, ts_thread_id, LAYOUT_SIZE_MAX - 8),
    ENTRY(200, 224, 248, ts_native_id, LAYOUT_SIZE_MAX - 8),
    ENTRY(208, 232, 256, ts_chunk, LAYOUT_SIZE_MAX - 8),
    ENTRY(232, 256, 320, fr_previous, LAYOUT_SIZE_MAX - 8),
    ENTRY(240, 264, 328, fr_code, LAYOUT_SIZE_MAX - 8),
    ENTRY(248, 272, 336, fr_pos, LAYOUT_SIZE_MAX - 8),
    ENTRY(256, 280, 344, fr_locals, LAYOUT_SIZE_MAX - 8),
    ENTRY(264, 288, 352, fr_owner, LAYOUT_SIZE_MAX - 8),
    ENTRY(0, 296, 360, fr_live, LAYOUT_SIZE_MAX - 8),
    ENTRY(0, 304, 368, fr_tlbc, LAYOUT_SIZE_MAX - 8),
    ENTRY(280, 320, 384, co_filename, LAYOUT_SIZE_MAX - 8),
    ENTRY(288, 328, 392, co_name, LAYOUT_SIZE_MAX - 8),
    ENTRY(296, 336, 400, co_qualname, LAYOUT_SIZE_MAX - 8),
    ENTRY(304, 344, 408, co_linetable, LAYOUT_SIZE_MAX - 8),
    ENTRY(312, 352, 416, co_firstlineno, LAYOUT_SIZE_MAX - 8),
    ENTRY(320, 360, 424, co_argcount, LAYOUT_SIZE_MAX - 8),
    ENTRY(328, 368, 432, co_localsnames, LAYOUT_SIZE_MAX - 8),
    ENTRY(336, 376, 440, co_localskinds, LAYOUT_SIZE_MAX - 8),
    ENTRY(344, 384, 448, co_bytecode, LAYOUT_SIZE_MAX - 8),
    ENTRY(0, 392, 456, co_tlbc, LAYOUT_SIZE_MAX - 8),
    ENTRY(0, 680, 808, gen_frame, 1024),
    ENTRY(360, 408, 472, ob_type, 256),
    ENTRY(376, 424, 488, type_name, 1024),
    ENTRY(392, 440, 504, type_flags, 1024),
    ENTRY(456, 536, 632, dict_keys, 1024),
    ENTRY(464, 544, 640, dict_values, 1024),
    ENTRY(520, 600, 696, bytes_size, 56),
    ENTRY(528, 608, 704, bytes_data, 256),
    ENTRY(544, 624, 720, str_state, 56),
    ENTRY(552, 632, 728, str_length, 56),
    ENTRY(560, 640, 736, str_ascii, 64),
};

uint32_t
layout_debug_version(const void *runtime, size_t n)
{
	if (n < DEBUG_FREE_THREADED || memcmp(runtime, "xdebugpy", 8) != 0)
		return 0;
	return (uint32_t)u64_at(runtime, DEBUG_VERSION);
}

/* How much of a structure holds the words at all of these places. */
static uint32_t
size_of(const uint32_t *at, size_t n)
{
	uint32_t size = 0;

	while (n--) {
		if (at[n] != LAYOUT_NONE && at[n] + 8 > size)
			size = at[n] + 8;
	}
	return size;
}

#define SIZE_OF(...) size_of((const uint32_t[]){__VA_ARGS__}, sizeof((uint32_t[]){__VA_ARGS__}) / 4)

/* What follows from the offsets that the interpreter gives. */
static void
derive(struct layout *l)
{
	l->ts_top = l->ts_chunk + 8;
	l->ts_size = SIZE_OF(l->ts_next, l->ts_interp, l->ts_frame, l->ts_thread_id,
	                     l->ts_native_id, l->ts_status, l->ts_chunk, l->ts_top);
	l->fr_size = SIZE_OF(l->fr_previous, l->fr_code, l->fr_pos, l->fr_live, l->fr_owner & ~7u);
	l->co_size = SIZE_OF(l->co_filename, l->co_name, l->co_qualname, l->co_firstlineno,
	                     l->co_linetable, l->co_framesize, l->co_nlocalsplus, l->co_stacksize,
	                     l->co_argcount, l->co_localsnames, l->co_localskinds, l->ob_type);
}

/* Puts the offset over the row's, if the row has it: it may be 0 where the build lacks it. */
static int
take_entry(struct layout *l, const struct debug_entry *e, const void *runtime)
{
	uint16_t at = e->at[l->minor - DEBUG_FIRST];
	uint32_t *to = (uint32_t *)((char *)l + e->field);
	uint64_t v = u64_at(runtime, at);

	if (!at || *to == LAYOUT_NONE)
		return 0;
	if (v > e->max)
		return err_set("debug offsets make no sense: %llu at byte %u",
		               (unsigned long long)v, at);
	*to = (uint32_t)v;
	return 0;
}

int
layout_debug_offsets(struct layout *l, const void *runtime, size_t n)
{
	uint32_t version = layout_debug_version(runtime, n);
	bool free_threaded = n >= LAYOUT_DEBUG_MAX && u64_at(runtime, DEBUG_FREE_THREADED) != 0;
	const struct layout *row = layout_row((int)(version >> 16 & 0xff), free_threaded);
	const struct debug_entry *e;
	uint64_t v;

	if (!row)
		return -1;
	if (version >> 24 != 3 || row->frames != FRAMES_STACK || n < LAYOUT_DEBUG_MAX)
		return err_set("debug offsets of an unknown version %#x", version);
	*l = *row;
	for (e = debug_entries; e < debug_entries + sizeof debug_entries / sizeof *e; e++) {
		if (take_entry(l, e, runtime) < 0)
			return -1;
	}
	v = u64_at(runtime, debug_gc[l->minor - DEBUG_FIRST]) +
	    u64_at(runtime, debug_collecting[l->minor - DEBUG_FIRST]);
	if (v > 1 << 20)
		return err_set("debug offsets make no sense: gc at %llu", (unsigned long long)v);
	l->in_collecting = (uint32_t)v;
	derive(l);
	if (l->ts_size > LAYOUT_SIZE_MAX || l->fr_size > LAYOUT_SIZE_MAX ||
	    l->co_size > LAYOUT_SIZE_MAX || l->str_length + 8 > l->str_ascii ||
	    l->str_state + 4 > l->str_ascii)
		return err_set("debug offsets make no sense: sizes");
	return 0;
}
