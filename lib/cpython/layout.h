/*
 * layout: where each CPython version keeps what we read. Versions are data: one row each, chosen
 * once per process; no other file asks for a version number.
 *
 * All numbers are bytes on a 64-bit machine, release builds. A field that a version lacks is
 * LAYOUT_NONE. Rows for 3.8 to 3.12 come from the headers named at each row; from 3.13 on the
 * interpreter describes itself (_Py_DebugOffsets, the first member of _PyRuntime, declared in
 * Include/internal/pycore_debug_offsets.h, in 3.13 pycore_runtime.h), and layout_read() takes what
 * stands there over the row. tests/layout.t derives every number again from installed headers.
 */
#ifndef CPYTHON_LAYOUT_H
#define CPYTHON_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LAYOUT_NONE UINT32_MAX

/* ts_size, fr_size and co_size are at most this: room enough for a copy of any of them. */
enum { LAYOUT_SIZE_MAX = 512 };

/* How a version keeps its frames; stack.c has one walk for each. */
enum frames_style {
	FRAMES_HEAP,   /* <= 3.10: a heap object per call, linked by f_back */
	FRAMES_CFRAME, /* 3.11, 3.12: on the data stack, found through a cframe on the C stack */
	FRAMES_STACK,  /* 3.13+: on the data stack, found in the thread state */
};

/* How "this frame is running" is seen in it. */
enum live_style {
	LIVE_EXECUTING, /* <= 3.9: f_executing == 1 */
	LIVE_STATE,     /* 3.10: f_state == 0 */
	LIVE_STACKTOP,  /* 3.11 to 3.13: stacktop == -1 in the running frame only */
	LIVE_NULL,      /* 3.14+: a popped frame's executable is null */
};

enum line_style { LINES_LNOTAB, LINES_310, LINES_LOCATIONS };

/* Where an instance of a Python class keeps its attributes. */
enum attrs_style {
	ATTRS_DICTOFFSET, /* <= 3.10: a dict, tp_dictoffset bytes into the object */
	ATTRS_VALUES,     /* 3.11: at -32 a pointer to values, or at -24 a dict */
	ATTRS_TAGGED,     /* 3.12: at -24 one word: odd, values at the word + 1; even, a dict */
	ATTRS_INLINE,     /* 3.13+: at -24 a dict; where null, values behind the object */
};

enum keys_style {
	KEYS_SIZE, /* <= 3.10: PyDictKeysObject has dk_size, entries of hash, key, value */
	KEYS_LOG2, /* 3.11+: dk_log2_size; entries without hash when all keys are str */
};

#define LAYOUT_FIELDS(X)                                                                           \
	/* _PyRuntimeState */                                                                      \
	X(rt_interp_head)                                                                          \
	X(rt_gil_holder) /* <= 3.11: tstate_current, NULL: nobody */                               \
	X(rt_gil)        /* <= 3.11: the GIL, struct _gil_runtime_state */                         \
	X(rt_collecting) /* 3.8: int, not 0 while the collector runs */                            \
	/* PyInterpreterState */                                                                   \
	X(in_next)                                                                                 \
	X(in_id)                                                                                   \
	X(in_threads)                                                                              \
	X(in_gil)        /* 3.12+: pointer to the GIL it uses */                                   \
	X(in_collecting) /* 3.9+ */                                                                \
	X(in_modules)    /* sys.modules */                                                         \
	X(in_code_gen)   /* 3.14+: goes up when a code object dies */                              \
	/* struct _gil_runtime_state */                                                            \
	X(gil_size) /* what threads wait on lies in there */                                       \
	X(gil_holder)                                                                              \
	X(gil_locked)                                                                              \
	/* PyThreadState */                                                                        \
	X(ts_next)                                                                                 \
	X(ts_interp)                                                                               \
	X(ts_frame) /* the frame; FRAMES_CFRAME: the cframe, whose frame is at cf_frame */         \
	X(cf_frame)                                                                                \
	X(ts_thread_id)                                                                            \
	X(ts_native_id) /* 3.11+: kernel tid, in the target's pid namespace */                     \
	X(ts_status)    /* 3.13+: 1 = attached */                                                  \
	X(ts_chunk)     /* 3.11+: newest data stack chunk */                                       \
	X(ts_top)       /* 3.11+: first free word of the data stack */                             \
	X(ts_size)      /* as much of it as holds the fields above */                              \
	/* frame */                                                                                \
	X(fr_previous)                                                                             \
	X(fr_code)                                                                                 \
	X(fr_pos)  /* <= 3.10 an index (int), else a pointer into the code */                      \
	X(fr_live) /* int, char or pointer: see live_style */                                      \
	X(fr_owner)                                                                                \
	X(fr_entry) /* 3.11: is_entry, 1 in the first frame above C */                             \
	X(fr_tlbc)  /* 3.14t+: int, which of co_tlbc fr_pos points into */                         \
	X(fr_iter) /* 3.14+: so many bytes below its stack pointer is what a loop or await runs */ \
	X(fr_locals)                                                                               \
	X(fr_size) /* as much of it as holds the fields above */                                   \
	/* PyCodeObject */                                                                         \
	X(co_filename)                                                                             \
	X(co_name)                                                                                 \
	X(co_qualname) /* 3.11+ */                                                                 \
	X(co_firstlineno)                                                                          \
	X(co_linetable)                                                                            \
	X(co_bytecode)  /* 3.11+: inline, starts here */                                           \
	X(co_tlbc)      /* 3.14t+: pointer to the threads' own copies of it */                     \
	X(co_framesize) /* 3.12+: int, words */                                                    \
	X(co_nlocalsplus)                                                                          \
	X(co_stacksize)                                                                            \
	X(co_argcount) /* int; positional-only ones too */                                         \
	X(co_kwonly)                                                                               \
	X(co_flags)                                                                                \
	X(co_localsnames) /* 3.11+: a tuple of names for every fast local; and bytes, */           \
	X(co_localskinds) /* CO_FAST_* for each */                                                 \
	X(co_nlocals)     /* <= 3.10: three tuples, of locals, then cells, then free variables */  \
	X(co_varnames)                                                                             \
	X(co_cellvars)                                                                             \
	X(co_freevars)                                                                             \
	X(co_cell2arg) /* <= 3.10: for every cell the argument it is, or -1; NULL: none is */      \
	X(co_size)     /* as much of it as holds the fields above */                               \
	/* objects */                                                                              \
	X(ob_type)                                                                                 \
	X(obj_dict) /* 3.11+: so many bytes before an instance stands what attrs_style says */     \
	X(bytes_size)                                                                              \
	X(bytes_data)                                                                              \
	X(str_length)                                                                              \
	X(str_state)                                                                               \
	X(str_ascii)   /* where the characters of an ASCII string start */                         \
	X(str_compact) /* and those of another compact one */                                      \
	X(dict_keys)                                                                               \
	X(dict_values)                                                                             \
	X(dict_used)                                                                               \
	X(type_name)                                                                               \
	X(type_basicsize)                                                                          \
	X(type_flags)                                                                              \
	X(type_dictoffset)                                                                         \
	X(type_base)                                                                               \
	X(type_dict)                                                                               \
	X(heap_qualname)                                                                           \
	X(heap_cached_keys)                                                                        \
	X(long_digits)                                                                             \
	X(float_value)                                                                             \
	X(complex_value)                                                                           \
	X(bytearray_start)                                                                         \
	X(tuple_items)                                                                             \
	X(list_items)                                                                              \
	X(set_used)                                                                                \
	X(set_mask)                                                                                \
	X(set_table)                                                                               \
	X(slice_start) /* then stop and step */                                                    \
	X(cell_ref)                                                                                \
	X(module_dict)                                                                             \
	X(fn_qualname)                                                                             \
	X(method_function)                                                                         \
	X(method_self)                                                                             \
	X(builtin_def)                                                                             \
	X(builtin_self)                                                                            \
	X(gen_frame) /* 3.14+: its frame */                                                        \
	X(gen_qualname)                                                                            \
	X(exc_args)

struct layout {
	int minor; /* 8 to 15: CPython 3.minor */
	bool free_threaded;
	enum frames_style frames;
	enum live_style live;
	enum line_style lines;
	enum attrs_style attrs;
	enum keys_style keys;
	bool long_tagged;    /* 3.12+: an int's word at 16 is digits << 3 | sign, before: digits */
	uint32_t owner_skip; /* frames whose owner is this or more are not Python's; 0: none */
	uint32_t owner_generator; /* the owner of a generator's frame: lives in a heap object */
	uint32_t pos_unit;        /* bytes of bytecode for one step of fr_pos */
	uint32_t kinds_shift;     /* str_state: lowest bit of `kind`; compact and ascii follow it */
	uint64_t code_mask;       /* fr_code & this = the code object: 3.14+ tags its low bits */
#define FIELD(name) uint32_t name;
	LAYOUT_FIELDS(FIELD)
#undef FIELD
};

/* The row for 3.minor, or NULL with err. */
const struct layout *layout_row(int minor, bool free_threaded);

/* Bytes of _PyRuntime that layout_debug_offsets() wants to see. */
enum { LAYOUT_DEBUG_MAX = 1024 };

/*
 * From the first n bytes of _PyRuntime: the version they tell, as PY_VERSION_HEX, or 0 where there
 * are no debug offsets (before 3.13).
 */
uint32_t layout_debug_version(const void *runtime, size_t n);

/*
 * Fills *l from the row of 3.minor and the debug offsets over it. Offsets are checked for sense:
 * -1 with err where the interpreter's description cannot be right or is of a version not known.
 */
int layout_debug_offsets(struct layout *l, const void *runtime, size_t n);

#endif
