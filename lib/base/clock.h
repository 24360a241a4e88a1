/*
 * clock: the time that every record carries.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

uint64_t clock_now(void); /* ns, CLOCK_MONOTONIC */

#endif
