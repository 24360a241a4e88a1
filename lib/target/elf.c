#include "target/elf.h"
#include "base/err.h"

#include <elf.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int
elf_from_bytes(struct elf *e, const void *p, size_t n)
{
	const Elf64_Ehdr *h = p;

	*e = (struct elf){p, n};
	if (n < sizeof *h || memcmp(h->e_ident, ELFMAG, SELFMAG) != 0)
		return err_set("not an ELF file");
	if (h->e_ident[EI_CLASS] != ELFCLASS64 ||
	    h->e_ident[EI_DATA] !=
	        (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB))
		return err_set("not a 64-bit ELF file of this machine");
	return 0;
}

int
elf_open(struct elf *e, int fd)
{
	struct stat st;
	void *p;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size <= 0)
		return err_set("not an ELF file");
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return err_sys("mmap");
	if (elf_from_bytes(e, p, (size_t)st.st_size) == 0)
		return 0;
	elf_close(e);
	return -1;
}

void
elf_close(struct elf *e)
{
	munmap((void *)(uintptr_t)e->p, e->n);
}

/* n things of `size` bytes at file offset `off`, or NULL where they are not all inside, or not
 * aligned as the format has them. */
static const void *
inside(const struct elf *e, uint64_t off, uint64_t n, uint64_t size)
{
	uint64_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes) || off > e->n || bytes > e->n - off ||
	    off & (size >= 8 ? 7 : size - 1))
		return NULL;
	return e->p + off;
}

static const Elf64_Phdr *
segments(const struct elf *e, unsigned *n)
{
	const Elf64_Ehdr *h = (const void *)e->p;

	*n = h->e_phnum;
	if (h->e_phentsize != sizeof(Elf64_Phdr))
		return NULL;
	return inside(e, h->e_phoff, h->e_phnum, sizeof(Elf64_Phdr));
}

static const Elf64_Shdr *
sections(const struct elf *e, unsigned *n)
{
	const Elf64_Ehdr *h = (const void *)e->p;

	*n = h->e_shnum;
	if (!h->e_shoff || h->e_shentsize != sizeof(Elf64_Shdr))
		return NULL;
	return inside(e, h->e_shoff, h->e_shnum, sizeof(Elf64_Shdr));
}

struct symbols {
	const Elf64_Sym *sym;
	uint64_t n;
	const char *str;
	uint64_t str_size;
};

static uint64_t
search(const struct symbols *t, const char *name, uint64_t *size)
{
	size_t len = strlen(name) + 1;
	uint64_t i;

	if (!t->sym || !t->str)
		return 0;
	for (i = 0; i < t->n; i++) {
		const Elf64_Sym *s = &t->sym[i];

		if (s->st_shndx == SHN_UNDEF || s->st_name >= t->str_size ||
		    t->str_size - s->st_name < len || memcmp(t->str + s->st_name, name, len) != 0)
			continue;
		if (size)
			*size = s->st_size;
		return s->st_value;
	}
	return 0;
}

/* In the first section of the type: a file has one of each (elf(5)), and a lying one has many. */
static uint64_t
search_sections(const struct elf *e, uint32_t type, const char *name, uint64_t *size)
{
	unsigned i = 0, n;
	const Elf64_Shdr *sh = sections(e, &n), *str;
	struct symbols t;

	while (sh && i < n && sh[i].sh_type != type)
		i++;
	if (!sh || i == n || sh[i].sh_link >= n)
		return 0;
	str = &sh[sh[i].sh_link];
	t.n = sh[i].sh_size / sizeof(Elf64_Sym);
	t.sym = inside(e, sh[i].sh_offset, t.n, sizeof(Elf64_Sym));
	t.str_size = str->sh_size;
	t.str = inside(e, str->sh_offset, str->sh_size, 1);
	return search(&t, name, size);
}

/* The file offset of a virtual address, or UINT64_MAX. */
static uint64_t
file_offset(const struct elf *e, uint64_t vaddr)
{
	unsigned i, n;
	const Elf64_Phdr *ph = segments(e, &n);

	for (i = 0; ph && i < n; i++) {
		if (ph[i].p_type == PT_LOAD && vaddr >= ph[i].p_vaddr &&
		    vaddr - ph[i].p_vaddr < ph[i].p_filesz)
			return ph[i].p_offset + (vaddr - ph[i].p_vaddr);
	}
	return UINT64_MAX;
}

const void *
elf_at(const struct elf *e, uint64_t vaddr, size_t n)
{
	return inside(e, file_offset(e, vaddr), n, 1);
}

/* How many symbols a DT_GNU_HASH table speaks of: the end of the chain of its last bucket. */
static uint64_t
gnu_hash_count(const struct elf *e, uint64_t off)
{
	const uint32_t *h = inside(e, off, 4, 4), *buckets, *chain;
	uint64_t buckets_off, chain_off, last = 0, i;

	if (!h)
		return 0;
	buckets_off = off + 16 + (uint64_t)h[2] * 8;
	chain_off = buckets_off + (uint64_t)h[0] * 4;
	buckets = inside(e, buckets_off, h[0], 4);
	for (i = 0; buckets && i < h[0]; i++)
		last = buckets[i] > last ? buckets[i] : last;
	if (last < h[1])
		return h[1];
	for (;; last++) {
		chain = inside(e, chain_off + (last - h[1]) * 4, 1, 4);
		if (!chain || *chain & 1)
			return last + 1;
	}
}

/* Without section headers: the tables that the dynamic loader itself uses. */
static uint64_t
search_dynamic(const struct elf *e, const char *name, uint64_t *size)
{
	uint64_t symtab = 0, strtab = 0, str_size = 0, gnu = 0, sysv = 0, k, ndyn;
	unsigned i, n;
	const Elf64_Phdr *ph = segments(e, &n);
	const Elf64_Dyn *d = NULL;
	const uint32_t *counts;
	struct symbols t;

	for (i = 0, ndyn = 0; ph && i < n; i++) {
		if (ph[i].p_type != PT_DYNAMIC)
			continue;
		ndyn = ph[i].p_filesz / sizeof *d;
		d = inside(e, ph[i].p_offset, ndyn, sizeof *d);
	}
	for (k = 0; d && k < ndyn && d[k].d_tag != DT_NULL; k++) {
		switch (d[k].d_tag) {
		case DT_SYMTAB:
			symtab = d[k].d_un.d_ptr;
			break;
		case DT_STRTAB:
			strtab = d[k].d_un.d_ptr;
			break;
		case DT_STRSZ:
			str_size = d[k].d_un.d_val;
			break;
		case DT_GNU_HASH:
			gnu = d[k].d_un.d_ptr;
			break;
		case DT_HASH:
			sysv = d[k].d_un.d_ptr;
			break;
		}
	}
	t.n = gnu ? gnu_hash_count(e, file_offset(e, gnu)) : 0;
	counts = sysv ? inside(e, file_offset(e, sysv), 2, 4) : NULL;
	if (!t.n && counts)
		t.n = counts[1];
	t.sym = inside(e, file_offset(e, symtab), t.n, sizeof(Elf64_Sym));
	t.str_size = str_size;
	t.str = inside(e, file_offset(e, strtab), str_size, 1);
	return search(&t, name, size);
}

uint64_t
elf_symbol(const struct elf *e, const char *name, uint64_t *size)
{
	uint64_t v = search_sections(e, SHT_DYNSYM, name, size);

	if (!v)
		v = search_dynamic(e, name, size);
	return v ? v : search_sections(e, SHT_SYMTAB, name, size);
}

uint64_t
elf_section(const struct elf *e, const char *name, uint64_t *size)
{
	const Elf64_Ehdr *h = (const void *)e->p;
	unsigned i, n;
	const Elf64_Shdr *sh = sections(e, &n);
	size_t len = strlen(name) + 1;
	const char *names;

	if (!sh || h->e_shstrndx >= n)
		return 0;
	names = inside(e, sh[h->e_shstrndx].sh_offset, sh[h->e_shstrndx].sh_size, 1);
	for (i = 0; names && i < n; i++) {
		uint64_t room = sh[h->e_shstrndx].sh_size;

		if (sh[i].sh_name >= room || room - sh[i].sh_name < len ||
		    memcmp(names + sh[i].sh_name, name, len) != 0)
			continue;
		if (size)
			*size = sh[i].sh_size;
		return sh[i].sh_addr;
	}
	return 0;
}

/* The notes of one segment: a header, a name and contents, both filled up to 4 bytes. */
static bool
find_build_id(const unsigned char *p, uint64_t n, struct elf_build_id *id)
{
	uint64_t name, contents;
	Elf64_Nhdr h;

	for (; n >= sizeof h; p += contents, n -= contents) {
		memcpy(&h, p, sizeof h);
		p += sizeof h;
		n -= sizeof h;
		name = (h.n_namesz + 3ull) & ~3ull;
		contents = (h.n_descsz + 3ull) & ~3ull;
		if (name > n || contents > n - name)
			return false;
		if (h.n_type == NT_GNU_BUILD_ID && h.n_namesz == 4 && !memcmp(p, "GNU", 4) &&
		    h.n_descsz && h.n_descsz <= sizeof id->id) {
			id->n = h.n_descsz;
			memcpy(id->id, p + name, id->n);
			return true;
		}
		p += name;
		n -= name;
	}
	return false;
}

bool
elf_build_id(const struct elf *e, struct elf_build_id *id)
{
	unsigned i, n;
	const Elf64_Phdr *ph = segments(e, &n);
	const void *notes;

	for (i = 0; ph && i < n; i++) {
		notes =
		    ph[i].p_type == PT_NOTE ? inside(e, ph[i].p_offset, ph[i].p_filesz, 1) : NULL;
		if (notes && find_build_id(notes, ph[i].p_filesz, id))
			return true;
	}
	return false;
}

int
elf_bias(const struct elf *e, uint64_t start, uint64_t offset, uint64_t *bias)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	unsigned i, n;
	const Elf64_Phdr *ph = segments(e, &n);

	for (i = 0; ph && i < n; i++) {
		if (ph[i].p_type != PT_LOAD || (ph[i].p_offset & ~(page - 1)) != offset)
			continue;
		*bias = start - (ph[i].p_vaddr & ~(page - 1));
		return 0;
	}
	return err_set("no segment is mapped at file offset %#llx", (unsigned long long)offset);
}
