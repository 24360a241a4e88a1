/*
 * layoutdump MINOR[t] [FILE]: our row for CPython 3.MINOR, a "field number" line each; "-" for one
 * that the version lacks. With FILE, an ELF file, what its debug offsets make of the row: they are
 * initialised data, so they stand in the file.
 */
#include "base/err.h"
#include "cpython/layout.h"
#include "target/elf.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
show(const char *name, uint32_t v)
{
	if (v == LAYOUT_NONE)
		printf("%s -\n", name);
	else
		printf("%s %u\n", name, v);
}

static int
from_file(struct layout *l, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	const void *runtime;
	struct elf e;

	if (fd < 0)
		return err_sys("%s", path);
	if (elf_open(&e, fd) < 0)
		return err_at("%s: ", path);
	runtime = elf_at(&e, elf_symbol(&e, "_PyRuntime", NULL), LAYOUT_DEBUG_MAX);
	if (!runtime)
		return err_set("%s: no _PyRuntime in it", path);
	return layout_debug_offsets(l, runtime, LAYOUT_DEBUG_MAX);
}

int
main(int argc, char **argv)
{
	bool free_threaded = argc > 1 && strchr(argv[1], 't');
	const struct layout *row = argc > 1 ? layout_row(atoi(argv[1]), free_threaded) : NULL;
	struct layout l;

	if (row)
		l = *row;
	if (!row || (argc > 2 && from_file(&l, argv[2]) < 0)) {
		fprintf(stderr, "layoutdump: %s\n", err_why());
		return 1;
	}
	show("owner_skip", l.owner_skip ? l.owner_skip : LAYOUT_NONE);
	show("owner_generator", l.owner_generator ? l.owner_generator : LAYOUT_NONE);
	show("pos_unit", l.pos_unit);
	show("kinds_shift", l.kinds_shift);
#define FIELD(name) show(#name, l.name);
	LAYOUT_FIELDS(FIELD)
#undef FIELD
	return 0;
}
