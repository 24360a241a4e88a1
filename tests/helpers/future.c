/*
 * future VERSION: a process that looks like a CPython of this PY_VERSION_HEX, 3.13 or later, as far
 * as its first words. Says when it is one, and waits for a signal.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern uint64_t _PyRuntime[512];
uint64_t _PyRuntime[512];

int
main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	memcpy(_PyRuntime, "xdebugpy", 8);
	_PyRuntime[1] = strtoull(argv[1], NULL, 16);
	puts("ready");
	fflush(stdout);
	pause();
	return 0;
}
