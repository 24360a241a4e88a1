/*
 * elf: symbols of a mapped object. Small because it is needed before anything else and from
 * stripped, deleted and section-less files: .symtab, .dynsym, PT_DYNAMIC with its hash, sections.
 *
 * The file is somebody else's: every offset in it is checked. Native endian, 64 bits.
 */
#ifndef TARGET_ELF_H
#define TARGET_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elf {
	const unsigned char *p; /* the file, mapped */
	size_t n;
};

/* -1 with err where it is not a 64-bit ELF of this machine. The fd stays the caller's. */
int elf_open(struct elf *, int fd);
void elf_close(struct elf *);

/* The same from a file in memory, 8-aligned, which stays the caller's: nothing to close. */
int elf_from_bytes(struct elf *, const void *, size_t n);

/* The symbol's value (a virtual address before relocation), or 0. *size may be NULL. */
uint64_t elf_symbol(const struct elf *, const char *name, uint64_t *size);

/* A section's address and size, or 0. */
uint64_t elf_section(const struct elf *, const char *name, uint64_t *size);

/* What the linker made of the file's contents, to tell it from others of the same name. */
struct elf_build_id {
	unsigned char id[64];
	size_t n;
};

/* From its notes; false: it has none. */
bool elf_build_id(const struct elf *, struct elf_build_id *);

/* n bytes of the file that are mapped at a virtual address, or NULL. */
const void *elf_at(const struct elf *, uint64_t vaddr, size_t n);

/*
 * Load bias: what to add to a virtual address, for an object one of whose mappings begins at
 * `start` with file offset `offset`; where two segments share that page of the file the first is
 * meant. -1 with err where no segment fits.
 */
int elf_bias(const struct elf *, uint64_t start, uint64_t offset, uint64_t *bias);

#endif
