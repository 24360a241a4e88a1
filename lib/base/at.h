/*
 * at: words out of bytes copied from elsewhere, which need not be aligned. The caller knows that
 * they are inside.
 */
#ifndef BASE_AT_H
#define BASE_AT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t
u64_at(const void *p, size_t at)
{
	uint64_t v;

	memcpy(&v, (const char *)p + at, sizeof v);
	return v;
}

static inline uint32_t
u32_at(const void *p, size_t at)
{
	uint32_t v;

	memcpy(&v, (const char *)p + at, sizeof v);
	return v;
}

static inline int32_t
i32_at(const void *p, size_t at)
{
	return (int32_t)u32_at(p, at);
}

#endif
