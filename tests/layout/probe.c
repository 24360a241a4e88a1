/*
 * Prints, from the headers of one installed CPython, the numbers that lib/cpython/layout.c holds
 * for it: "field number" lines, for a size "field least most". Compiled by tests/layout.t once per
 * Python. Fields that a version lacks are not printed. What lib/cpython/ assumes of every version
 * is checked at compile time.
 */
#define Py_BUILD_CORE 1
#include <Python.h>
#include <frameobject.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#if PY_VERSION_HEX >= 0x03090000
#include "internal/pycore_gc.h"
#include "internal/pycore_runtime.h"
#include "internal/pycore_interp.h"
#else
#include "internal/pycore_pystate.h"
#endif
#if PY_VERSION_HEX >= 0x030b0000
#include "internal/pycore_code.h"
#include "internal/pycore_dict.h"
#include "internal/pycore_frame.h"
#else
#include <code.h>
#endif
#include "internal/pycore_gil.h"
#if PY_VERSION_HEX >= 0x030a0000
#include "internal/pycore_moduleobject.h"
#else
typedef struct {
	PyObject_HEAD
	PyObject *md_dict; /* Objects/moduleobject.c */
} PyModuleObject;
#endif

#define SHOW(name, value) printf("%s %zu\n", name, (size_t)(value))
#define AT(name, type, m) SHOW(name, offsetof(type, m))
#define END(type, m)      (offsetof(type, m) + sizeof(((type *)0)->m))
/* We read as much of a structure as ends with m, or more, but not beyond it. */
#define SIZE(name, type, m) printf("%s %zu %zu\n", name, (size_t)END(type, m), sizeof(type))

/* object.c: PyLongObject */
#if PY_VERSION_HEX >= 0x030c0000
_Static_assert(offsetof(PyLongObject, long_value.lv_tag) == offsetof(PyVarObject, ob_size),
               "object_int: its size word");
#endif
_Static_assert(PyLong_SHIFT == 30 && sizeof(digit) == 4, "object_int: bits of a digit");
#if PY_VERSION_HEX >= 0x030b0000
/* object.c: struct _dictkeysobject */
_Static_assert(offsetof(PyDictKeysObject, dk_log2_index_bytes) == 9, "read_keys");
_Static_assert(offsetof(PyDictKeysObject, dk_kind) == 10, "read_keys");
_Static_assert(offsetof(PyDictKeysObject, dk_nentries) == 24, "read_keys");
_Static_assert(offsetof(PyDictKeysObject, dk_indices) == 32, "read_keys");
_Static_assert(sizeof(PyDictKeyEntry) == 24, "read_keys: hash, key, value");
_Static_assert(sizeof(PyDictUnicodeEntry) == 16, "read_keys: key, value");
/* stack.c */
_Static_assert(offsetof(_PyStackChunk, previous) == 0, "want_chunks");
_Static_assert(offsetof(_PyStackChunk, size) == 8, "want_chunks");
_Static_assert(offsetof(_PyStackChunk, data) == 24, "want_chunks");
#endif
#if PY_VERSION_HEX >= 0x030b0000 && PY_VERSION_HEX < 0x030c0000
/* code.c: frame_words */
_Static_assert(FRAME_SPECIALS_SIZE == 9, "frame_words");
#endif

/* Where the bits of `kind` begin in the word of a str's state. */
static unsigned
kinds_shift(void)
{
	PyASCIIObject s = {0};
	unsigned word;

	s.state.kind = 1;
	memcpy(&word, &s.state, sizeof word);
	return (unsigned)__builtin_ctz(word);
}

/* What value.c reads. */
static void
show_values(void)
{
	AT("type_base", PyTypeObject, tp_base);
	AT("type_dict", PyTypeObject, tp_dict);
	AT("heap_qualname", PyHeapTypeObject, ht_qualname);
	AT("dict_used", PyDictObject, ma_used);
#if PY_VERSION_HEX >= 0x030c0000
	AT("long_digits", PyLongObject, long_value.ob_digit);
#else
	AT("long_digits", PyLongObject, ob_digit);
#endif
	AT("float_value", PyFloatObject, ob_fval);
	AT("complex_value", PyComplexObject, cval);
	AT("bytearray_start", PyByteArrayObject, ob_start);
	AT("tuple_items", PyTupleObject, ob_item);
	AT("list_items", PyListObject, ob_item);
	AT("set_used", PySetObject, used);
	AT("set_mask", PySetObject, mask);
	AT("set_table", PySetObject, table);
	AT("slice_start", PySliceObject, start);
	AT("cell_ref", PyCellObject, ob_ref);
	AT("module_dict", PyModuleObject, md_dict);
	AT("fn_qualname", PyFunctionObject, func_qualname);
	AT("method_function", PyMethodObject, im_func);
	AT("method_self", PyMethodObject, im_self);
	AT("builtin_def", PyCFunctionObject, m_ml);
	AT("builtin_self", PyCFunctionObject, m_self);
	AT("gen_qualname", PyGenObject, gi_qualname);
	AT("exc_args", PyBaseExceptionObject, args);
}

int
main(void)
{
	AT("rt_interp_head", _PyRuntimeState, interpreters.head);
#if PY_VERSION_HEX < 0x03090000
	AT("rt_gil_holder", _PyRuntimeState, gilstate.tstate_current);
	AT("rt_collecting", _PyRuntimeState, gc.collecting);
#elif PY_VERSION_HEX < 0x030c0000
	AT("rt_gil_holder", _PyRuntimeState, gilstate.tstate_current);
#endif
#if PY_VERSION_HEX < 0x030c0000
	AT("rt_gil", _PyRuntimeState, ceval.gil);
#endif
	SIZE("gil_size", struct _gil_runtime_state, switch_mutex);
	AT("in_next", PyInterpreterState, next);
	AT("in_id", PyInterpreterState, id);
#if PY_VERSION_HEX >= 0x030b0000
	AT("in_threads", PyInterpreterState, threads.head);
#else
	AT("in_threads", PyInterpreterState, tstate_head);
#endif
#if PY_VERSION_HEX >= 0x030c0000
	AT("in_gil", PyInterpreterState, ceval.gil);
	AT("gil_holder", struct _gil_runtime_state, last_holder);
	AT("gil_locked", struct _gil_runtime_state, locked);
	AT("in_modules", PyInterpreterState, imports.modules);
#else
	AT("in_modules", PyInterpreterState, modules);
#endif
#if PY_VERSION_HEX >= 0x03090000
	AT("in_collecting", PyInterpreterState, gc.collecting);
#endif

	AT("ts_next", PyThreadState, next);
	AT("ts_interp", PyThreadState, interp);
	AT("ts_thread_id", PyThreadState, thread_id);
#if PY_VERSION_HEX >= 0x030d0000
	AT("ts_frame", PyThreadState, current_frame);
	SHOW("ts_status", offsetof(PyThreadState, state));
#elif PY_VERSION_HEX >= 0x030b0000
	AT("ts_frame", PyThreadState, cframe);
	AT("cf_frame", _PyCFrame, current_frame);
#else
	AT("ts_frame", PyThreadState, frame);
#endif
#if PY_VERSION_HEX >= 0x030b0000
	AT("ts_native_id", PyThreadState, native_thread_id);
	AT("ts_chunk", PyThreadState, datastack_chunk);
	AT("ts_top", PyThreadState, datastack_top);
	SIZE("ts_size", PyThreadState, datastack_top);

	AT("fr_previous", _PyInterpreterFrame, previous);
	AT("fr_owner", _PyInterpreterFrame, owner);
	AT("fr_locals", _PyInterpreterFrame, localsplus);
#if PY_VERSION_HEX >= 0x030e0000
	AT("fr_live", _PyInterpreterFrame, stackpointer);
	/* Include/internal/pycore_opcode_metadata.h: FOR_ITER, SEND: what they leave on the stack.
	 */
	SHOW("fr_iter", PY_VERSION_HEX >= 0x030f0000 ? 16 : 8);
	AT("gen_frame", PyGenObject, gi_iframe);
#ifdef Py_GIL_DISABLED
	AT("fr_tlbc", _PyInterpreterFrame, tlbc_index);
	AT("co_tlbc", PyCodeObject, co_tlbc);
#endif
	SHOW("in_code_gen", offsetof(PyInterpreterState, _code_object_generation));
#else
	AT("fr_live", _PyInterpreterFrame, stacktop);
#endif
	SIZE("fr_size", _PyInterpreterFrame, owner);
#if PY_VERSION_HEX >= 0x030d0000
	AT("fr_code", _PyInterpreterFrame, f_executable);
	AT("fr_pos", _PyInterpreterFrame, instr_ptr);
#else
	AT("fr_code", _PyInterpreterFrame, f_code);
	AT("fr_pos", _PyInterpreterFrame, prev_instr);
#endif
#if PY_VERSION_HEX < 0x030c0000
	AT("fr_entry", _PyInterpreterFrame, is_entry);
#endif
	AT("co_qualname", PyCodeObject, co_qualname);
	AT("co_linetable", PyCodeObject, co_linetable);
	AT("co_bytecode", PyCodeObject, co_code_adaptive);
	AT("co_nlocalsplus", PyCodeObject, co_nlocalsplus);
	SIZE("co_size", PyCodeObject, co_linetable);
	AT("co_localsnames", PyCodeObject, co_localsplusnames);
	AT("co_localskinds", PyCodeObject, co_localspluskinds);
#else
	SIZE("ts_size", PyThreadState, thread_id);
	AT("co_nlocals", PyCodeObject, co_nlocals);
	AT("co_varnames", PyCodeObject, co_varnames);
	AT("co_cellvars", PyCodeObject, co_cellvars);
	AT("co_freevars", PyCodeObject, co_freevars);
	AT("co_cell2arg", PyCodeObject, co_cell2arg);
	AT("fr_previous", PyFrameObject, f_back);
	AT("fr_code", PyFrameObject, f_code);
	AT("fr_pos", PyFrameObject, f_lasti);
	AT("fr_locals", PyFrameObject, f_localsplus);
#if PY_VERSION_HEX >= 0x030a0000
	AT("fr_live", PyFrameObject, f_state);
	SIZE("fr_size", PyFrameObject, f_state);
	AT("co_linetable", PyCodeObject, co_linetable);
	SIZE("co_size", PyCodeObject, co_linetable);
#else
	AT("fr_live", PyFrameObject, f_executing);
	SIZE("fr_size", PyFrameObject, f_executing);
	AT("co_linetable", PyCodeObject, co_lnotab);
	SIZE("co_size", PyCodeObject, co_lnotab);
#endif
#endif
#if PY_VERSION_HEX >= 0x030c0000
	AT("co_framesize", PyCodeObject, co_framesize);
#endif
#if PY_VERSION_HEX >= 0x030b0000
	SHOW("owner_generator", FRAME_OWNED_BY_GENERATOR);
#endif
#if PY_VERSION_HEX >= 0x030e0000
	SHOW("owner_skip", FRAME_OWNED_BY_INTERPRETER);
#elif PY_VERSION_HEX >= 0x030c0000
	SHOW("owner_skip", FRAME_OWNED_BY_CSTACK);
#endif
#if PY_VERSION_HEX < 0x030b0000
	/* f_lasti: bytes up to 3.9, code units in 3.10; from 3.11 on it is a pointer. */
	SHOW("pos_unit", PY_VERSION_HEX < 0x030a0000 ? 1 : sizeof(_Py_CODEUNIT));
#else
	SHOW("pos_unit", 1);
#endif
	SHOW("kinds_shift", kinds_shift());
#if PY_VERSION_HEX >= 0x030d0000
	SHOW("obj_dict", -MANAGED_DICT_OFFSET);
#elif PY_VERSION_HEX >= 0x030b0000
	SHOW("obj_dict", 3 * sizeof(PyObject *)); /* _PyObject_ManagedDictPointer() and the like */
#endif
	AT("co_filename", PyCodeObject, co_filename);
	AT("co_name", PyCodeObject, co_name);
	AT("co_firstlineno", PyCodeObject, co_firstlineno);
	AT("co_stacksize", PyCodeObject, co_stacksize);
	AT("co_argcount", PyCodeObject, co_argcount);
	AT("co_kwonly", PyCodeObject, co_kwonlyargcount);
	AT("co_flags", PyCodeObject, co_flags);

	AT("ob_type", PyObject, ob_type);
	AT("bytes_size", PyVarObject, ob_size);
	AT("bytes_data", PyBytesObject, ob_sval);
	AT("str_length", PyASCIIObject, length);
	AT("str_state", PyASCIIObject, state);
	SHOW("str_ascii", sizeof(PyASCIIObject));
	SHOW("str_compact", sizeof(PyCompactUnicodeObject));
	AT("dict_keys", PyDictObject, ma_keys);
	AT("dict_values", PyDictObject, ma_values);
	AT("type_name", PyTypeObject, tp_name);
	AT("type_basicsize", PyTypeObject, tp_basicsize);
	AT("type_flags", PyTypeObject, tp_flags);
	AT("type_dictoffset", PyTypeObject, tp_dictoffset);
	AT("heap_cached_keys", PyHeapTypeObject, ht_cached_keys);
	show_values();
	return 0;
}
