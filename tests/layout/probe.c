/*
 * Prints, from the headers of one installed CPython, the numbers that lib/cpython/layout.c holds
 * for it: "field number" lines. Compiled by tests/layout.t once per Python. Fields that a version
 * lacks are not printed.
 */
#define Py_BUILD_CORE 1
#include <Python.h>
#include <frameobject.h>
#include <stddef.h>
#include <stdio.h>
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
#if PY_VERSION_HEX >= 0x030c0000
#include "internal/pycore_gil.h"
#endif

#define SHOW(name, value)  printf("%s %zu\n", name, (size_t)(value))
#define AT(name, type, m)  SHOW(name, offsetof(type, m))
#define END(type, m)       (offsetof(type, m) + sizeof(((type *)0)->m))

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
	SHOW("ts_size", END(PyThreadState, datastack_limit));

	AT("fr_previous", _PyInterpreterFrame, previous);
	AT("fr_owner", _PyInterpreterFrame, owner);
	AT("fr_locals", _PyInterpreterFrame, localsplus);
	AT("fr_live", _PyInterpreterFrame, stacktop);
	SHOW("fr_size", offsetof(_PyInterpreterFrame, localsplus));
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
	SHOW("co_size", END(PyCodeObject, co_linetable));
#else
	SHOW("ts_size", END(PyThreadState, thread_id));
	AT("fr_previous", PyFrameObject, f_back);
	AT("fr_code", PyFrameObject, f_code);
	AT("fr_pos", PyFrameObject, f_lasti);
	AT("fr_locals", PyFrameObject, f_localsplus);
#if PY_VERSION_HEX >= 0x030a0000
	AT("fr_live", PyFrameObject, f_state);
	SHOW("fr_size", END(PyFrameObject, f_state));
	AT("co_linetable", PyCodeObject, co_linetable);
	SHOW("co_size", END(PyCodeObject, co_linetable));
#else
	AT("fr_live", PyFrameObject, f_executing);
	SHOW("fr_size", END(PyFrameObject, f_executing));
	AT("co_linetable", PyCodeObject, co_lnotab);
	SHOW("co_size", END(PyCodeObject, co_lnotab));
#endif
#endif
#if PY_VERSION_HEX >= 0x030c0000
	AT("co_framesize", PyCodeObject, co_framesize);
#endif
	AT("co_filename", PyCodeObject, co_filename);
	AT("co_name", PyCodeObject, co_name);
	AT("co_firstlineno", PyCodeObject, co_firstlineno);
	AT("co_stacksize", PyCodeObject, co_stacksize);

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
	return 0;
}
