/* An ELF file that may be anything, and every question that is asked of one. */
#include "target/elf.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* What is given as n bytes of the file is in the file. */
static void
check(const struct elf *e, uint64_t addr, size_t n)
{
	const unsigned char *p = elf_at(e, addr, n);
	volatile unsigned char sink;

	if (!p || !n)
		return;
	if (p < e->p || (size_t)(p - e->p) > e->n - n)
		abort();
	sink = p[0];
	sink = p[n - 1];
	(void)sink;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {"_PyRuntime", "state", ".State", "", "local"};
	uint64_t at, bytes = 0, bias, page = 4096;
	struct elf e;
	void *copy;
	size_t i;

	/* As mmap() gives it: aligned; but ending where the file ends. */
	copy = malloc(size ? size : 1);
	if (!copy)
		return 0;
	memcpy(copy, data, size);
	if (elf_from_bytes(&e, copy, size) == 0) {
		for (i = 0; i < sizeof names / sizeof *names; i++) {
			at = elf_symbol(&e, names[i], &bytes);
			check(&e, at, 1);
			check(&e, at, bytes);
			at = elf_section(&e, names[i], &bytes);
			check(&e, at, bytes);
		}
		for (i = 0; i < 8; i++)
			elf_bias(&e, 0x7f0000000000 + i * page, i * page, &bias);
	}
	free(copy);
	return 0;
}
