/*
 * memimage: pieces of a process's memory in a file, for tests that have no process.
 *
 *      u32 version   as PY_VERSION_HEX
 *      u64 runtime   address of _PyRuntime
 *      u64 code_type address of PyCode_Type
 *      then pieces: u64 address, u32 length, the bytes
 *
 * Little endian, no padding. Pieces do not overlap.
 */
#ifndef TESTS_MEMIMAGE_H
#define TESTS_MEMIMAGE_H

enum { MEMIMAGE_HEADER = 20, MEMIMAGE_PIECE = 12 };

#endif
