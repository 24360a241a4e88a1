/* elf.c against files that the compiler makes, whole, cut and bent. */
#include "target/elf.h"
#include "tests/unit/unit.h"

#include <elf.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[64];

/* A file in memory of exactly its size, so that ASan sees a read past its end. */
struct file {
	unsigned char *p;
	size_t n;
};

static struct file
load(const char *name)
{
	struct file f;
	struct stat st;
	char path[128];
	int fd;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	fd = open(path, O_RDONLY);
	ck_assert_msg(fd >= 0 && fstat(fd, &st) == 0, "%s", path);
	f.n = (size_t)st.st_size;
	f.p = malloc(f.n);
	ck_assert(f.p && read(fd, f.p, f.n) == (ssize_t)f.n);
	close(fd);
	return f;
}

static void
sh(const char *command)
{
	char line[512];

	snprintf(line, sizeof line, "cd %s && %s", dir, command);
	ck_assert_msg(system(line) == 0, "%s", line);
}

static void
build(void)
{
	FILE *f;
	char path[128];

	strcpy(dir, "/tmp/pyrec-elf.XXXXXX");
	ck_assert(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/x.c", dir);
	f = fopen(path, "w");
	ck_assert(f);
	fputs("int other;\n"
	      "int state[25] __attribute__((section(\".State\"))) = {42};\n"
	      "static int local __attribute__((used)) = 7;\n"
	      "void _start(void);\n"
	      "void _start(void) { other = state[1]; }\n",
	      f);
	fclose(f);
	sh("cc -w -shared -fPIC -nostdlib -Wl,--hash-style=gnu -o gnu.so x.c");
	sh("cc -w -shared -fPIC -nostdlib -Wl,--hash-style=sysv -o sysv.so x.c");
	sh("cc -w -static -no-pie -nostdlib -o exe x.c");
	sh("cc -w -static-pie -fPIE -nostdlib -o pie x.c");
	sh("cp gnu.so bare.so && strip bare.so");
	sh("cp exe bare && strip bare");
}

static void
clean(void)
{
	char line[128];

	snprintf(line, sizeof line, "rm -rf %s", dir);
	ck_assert(system(line) == 0);
}

/* What there is to find: `state` is 100 bytes and begins with 42. */
static void
check_state(const struct elf *e)
{
	uint64_t size = 0, v = elf_symbol(e, "state", &size), section_size = 0;
	const int *state;

	ck_assert_uint_ne(v, 0);
	ck_assert_uint_eq(size, 100);
	state = elf_at(e, v, 100);
	ck_assert(state && state[0] == 42);
	if (elf_section(e, ".State", &section_size)) {
		ck_assert_uint_eq(elf_section(e, ".State", NULL), v);
		ck_assert_uint_eq(section_size, 100);
	}
	ck_assert_uint_eq(elf_symbol(e, "stat", NULL), 0);
	ck_assert_uint_eq(elf_symbol(e, "states", NULL), 0);
	ck_assert_uint_eq(elf_symbol(e, "", NULL), 0);
}

START_TEST(symbols_are_found)
{
	static const char *const names[] = {"gnu.so", "sysv.so", "exe", "pie", "bare.so"};
	struct file f = load(names[_i]);
	struct elf e;

	ck_assert_int_eq(elf_from_bytes(&e, f.p, f.n), 0);
	check_state(&e);
	ck_assert_uint_ne(elf_section(&e, ".State", NULL), 0);
	ck_assert_uint_eq(elf_section(&e, ".Stat", NULL), 0);
	/* A local symbol is in .symtab only. */
	ck_assert_int_eq(elf_symbol(&e, "local", NULL) != 0, strcmp(names[_i], "bare.so") != 0);
	free(f.p);
}
END_TEST

/* As after sstrip(1): the loader's own tables remain. */
START_TEST(symbols_without_sections)
{
	static const char *const names[] = {"gnu.so", "sysv.so"};
	struct file f = load(names[_i]);
	Elf64_Ehdr *h = (void *)f.p;
	struct elf e;

	h->e_shoff = 0;
	h->e_shnum = h->e_shstrndx = 0;
	ck_assert_int_eq(elf_from_bytes(&e, f.p, f.n), 0);
	check_state(&e);
	ck_assert_uint_eq(elf_section(&e, ".State", NULL), 0);
	ck_assert_uint_eq(elf_symbol(&e, "local", NULL), 0);
	free(f.p);
}
END_TEST

START_TEST(a_section_where_no_symbol_is)
{
	struct file f = load("bare");
	struct elf e;
	const int *state;

	ck_assert_int_eq(elf_from_bytes(&e, f.p, f.n), 0);
	ck_assert_uint_eq(elf_symbol(&e, "state", NULL), 0);
	state = elf_at(&e, elf_section(&e, ".State", NULL), 100);
	ck_assert(state && state[0] == 42);
	free(f.p);
}
END_TEST

START_TEST(only_elf_is_opened)
{
	struct file f = load("gnu.so");
	char path[128];
	struct elf e;
	int fd;

	f.p[EI_CLASS] = ELFCLASS32;
	ck_assert_int_eq(elf_from_bytes(&e, f.p, f.n), -1);
	f.p[EI_CLASS] = ELFCLASS64;
	f.p[EI_DATA] ^= ELFDATA2LSB ^ ELFDATA2MSB;
	ck_assert_int_eq(elf_from_bytes(&e, f.p, f.n), -1);
	f.p[EI_DATA] ^= ELFDATA2LSB ^ ELFDATA2MSB;
	f.p[0]++;
	ck_assert_int_eq(elf_from_bytes(&e, f.p, f.n), -1);
	free(f.p);

	snprintf(path, sizeof path, "%s/x.c", dir);
	ck_assert_int_ge(fd = open(path, O_RDONLY), 0);
	ck_assert_int_eq(elf_open(&e, fd), -1);
	close(fd);
	ck_assert_int_ge(fd = open(dir, O_RDONLY), 0);
	ck_assert_int_eq(elf_open(&e, fd), -1);
	close(fd);
	ck_assert_int_ge(fd = open("/dev/null", O_RDONLY), 0);
	ck_assert_int_eq(elf_open(&e, fd), -1);
	close(fd);
	snprintf(path, sizeof path, "%s/gnu.so", dir);
	ck_assert_int_ge(fd = open(path, O_RDONLY), 0);
	ck_assert_int_eq(elf_open(&e, fd), 0);
	close(fd);
	check_state(&e);
	elf_close(&e);
}
END_TEST

/* Everything that is asked of a file. */
static void
ask(const unsigned char *p, size_t n, uint64_t *found)
{
	uint64_t size, bias;
	struct elf e;

	*found = 0;
	if (elf_from_bytes(&e, p, n) < 0)
		return;
	*found = elf_symbol(&e, "state", &size);
	elf_section(&e, ".State", &size);
	elf_symbol(&e, "local", NULL);
	elf_at(&e, *found, 100);
	elf_bias(&e, 0x10000, 0, &bias);
	elf_bias(&e, 0x10000, 0x1000, &bias);
}

/* What remains of a cut file tells the truth or nothing. */
START_TEST(a_file_cut_anywhere)
{
	static const char *const names[] = {"gnu.so", "exe"};
	struct file f = load(names[_i]);
	uint64_t truth, found;
	unsigned char *cut;
	size_t n;

	ask(f.p, f.n, &truth);
	ck_assert_uint_ne(truth, 0);
	for (n = 0; n < f.n; n++) {
		cut = malloc(n ? n : 1);
		ck_assert(cut);
		memcpy(cut, f.p, n);
		ask(cut, n, &found);
		ck_assert_msg(found == 0 || found == truth, "cut at %zu: %llx", n,
		              (unsigned long long)found);
		free(cut);
	}
	free(f.p);
}
END_TEST

/* Every byte of it, bent to the values that lengths fear: it may lie, we only may not crash. */
START_TEST(a_file_bent_anywhere)
{
	static const unsigned char bends[] = {0, 1, 0x7f, 0xff};
	static const char *const names[] = {"gnu.so", "exe"};
	struct file f = load(names[_i]);
	Elf64_Ehdr *h = (void *)f.p;
	uint64_t found;
	size_t i, k;

	for (i = EI_NIDENT; i < f.n; i++) {
		unsigned char was = f.p[i];

		/* Code and padding are read by nobody. */
		if (!was && i > 0x400 && i < h->e_shoff)
			continue;
		for (k = 0; k < sizeof bends; k++) {
			f.p[i] = bends[k];
			ask(f.p, f.n, &found);
		}
		f.p[i] = was;
	}
	free(f.p);
}
END_TEST

START_TEST(bias_is_by_segment)
{
	struct file f = load("gnu.so");
	const Elf64_Ehdr *h = (const void *)f.p;
	const Elf64_Phdr *ph = (const void *)(f.p + h->e_phoff);
	uint64_t bias, page = (uint64_t)sysconf(_SC_PAGESIZE), base = 0x7f0000000000;
	uint64_t last = UINT64_MAX; /* page of the file that the segment before began on */
	int i, seen = 0;
	struct elf e;

	ck_assert_int_eq(elf_from_bytes(&e, f.p, f.n), 0);
	for (i = 0; i < h->e_phnum; i++) {
		if (ph[i].p_type != PT_LOAD || (ph[i].p_offset & -page) == last)
			continue;
		last = ph[i].p_offset & -page;
		seen++;
		bias = 0;
		ck_assert_int_eq(
		    elf_bias(&e, base + (ph[i].p_vaddr & -page), ph[i].p_offset & -page, &bias), 0);
		ck_assert_uint_eq(bias, base);
	}
	ck_assert_int_ge(seen, 2);
	ck_assert_int_eq(elf_bias(&e, base, 0x7000000, &bias), -1);
	free(f.p);
}
END_TEST

/* Any number of symbol tables, each of the whole file, would be work without end. */
START_TEST(many_tables_are_soon_read)
{
	enum { SECTIONS = 60000, BYTES = 8 << 20 };
	unsigned char *p = calloc(1, BYTES);
	Elf64_Ehdr *h = (void *)p;
	Elf64_Shdr *s = (void *)(p + sizeof *h);
	struct elf e;
	int i;

	ck_assert(p);
	memcpy(h->e_ident, ELFMAG, SELFMAG);
	h->e_ident[EI_CLASS] = ELFCLASS64;
	h->e_ident[EI_DATA] = ELFDATA2LSB;
	h->e_shoff = sizeof *h;
	h->e_shentsize = sizeof *s;
	h->e_shnum = SECTIONS;
	for (i = 0; i < SECTIONS; i++)
		s[i] = (Elf64_Shdr){.sh_type = i & 1 ? SHT_DYNSYM : SHT_SYMTAB, .sh_size = BYTES};
	memset(p + sizeof *h + SECTIONS * sizeof *s, 1, BYTES - sizeof *h - SECTIONS * sizeof *s);
	ck_assert_int_eq(elf_from_bytes(&e, p, BYTES), 0);
	ck_assert_uint_eq(elf_symbol(&e, "state", NULL), 0);
	free(p);
}
END_TEST

Suite *
unit_suite(void)
{
	Suite *s = suite_create("elf");
	TCase *t = tcase_create("elf");

	tcase_add_unchecked_fixture(t, build, clean);
	tcase_set_timeout(t, 30);
	tcase_add_loop_test(t, symbols_are_found, 0, 5);
	tcase_add_loop_test(t, symbols_without_sections, 0, 2);
	tcase_add_test(t, a_section_where_no_symbol_is);
	tcase_add_test(t, only_elf_is_opened);
	tcase_add_loop_test(t, a_file_cut_anywhere, 0, 2);
	tcase_add_loop_test(t, a_file_bent_anywhere, 0, 2);
	tcase_add_test(t, bias_is_by_segment);
	tcase_add_test(t, many_tables_are_soon_read);
	suite_add_tcase(s, t);
	return s;
}
