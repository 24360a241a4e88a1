#include "target/core.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/table.h"
#include "target/elf.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/procfs.h>
#include <sys/stat.h>
#include <unistd.h>

/* [start, end) of the memory; its first `filed` bytes should be at `offset` of the core. */
struct core_load {
	uint64_t start, end, offset, filed;
	uint32_t flags; /* PF_R and so on */
};

struct core_file {
	char *path;
	int fd;        /* -1: not opened */
	char *refusal; /* why it cannot be used; NULL: it can, or was not tried */
};

/* One entry of NT_FILE. */
struct named {
	uint64_t start, end, offset;
	uint32_t file;
};

static int
pread_all(int fd, void *to, size_t n, uint64_t offset)
{
	ssize_t k;

	while (n) {
		k = offset > INT64_MAX ? 0 : pread(fd, to, n, (off_t)offset);
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return -1;
		to = (char *)to + k;
		n -= (size_t)k;
		offset += (uint64_t)k;
	}
	return 0;
}

/* More than 65534 segments are counted in the first section header. */
static uint64_t
segment_count(const struct core *c, const Elf64_Ehdr *h)
{
	Elf64_Shdr sh;

	if (h->e_phnum != PN_XNUM)
		return h->e_phnum;
	return pread_all(c->fd, &sh, sizeof sh, h->e_shoff) < 0 ? 0 : sh.sh_info;
}

static Elf64_Phdr *
read_segments(const struct core *c, uint64_t *n)
{
	Elf64_Ehdr h;
	struct elf e;
	Elf64_Phdr *ph;

	if (pread_all(c->fd, &h, sizeof h, 0) < 0) {
		err_set("not an ELF file");
		return NULL;
	}
	if (elf_from_bytes(&e, &h, sizeof h) < 0)
		return NULL;
	if (h.e_type != ET_CORE || h.e_phentsize != sizeof *ph) {
		err_set("not a core file");
		return NULL;
	}
	*n = segment_count(c, &h);
	if (!*n || *n > CORE_LOADS_MAX || *n > c->size / sizeof *ph) {
		err_set("core file: %llu segments", (unsigned long long)*n);
		return NULL;
	}
	ph = mem_new(*n, sizeof *ph);
	if (pread_all(c->fd, ph, *n * sizeof *ph, h.e_phoff) == 0)
		return ph;
	free(ph);
	err_set("core file: cut short in its header");
	return NULL;
}

static int
by_start(const void *a, const void *b)
{
	const struct core_load *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

static void
read_loads(struct core *c, const Elf64_Phdr *ph, uint64_t n)
{
	uint64_t i, end;

	c->load = mem_new(n, sizeof *c->load);
	for (i = 0; i < n; i++) {
		if (ph[i].p_type != PT_LOAD || !ph[i].p_memsz ||
		    __builtin_add_overflow(ph[i].p_vaddr, ph[i].p_memsz, &end))
			continue;
		c->load[c->nload++] = (struct core_load){
		    .start = ph[i].p_vaddr,
		    .end = end,
		    .offset = ph[i].p_offset,
		    .filed = ph[i].p_filesz < ph[i].p_memsz ? ph[i].p_filesz : ph[i].p_memsz,
		    .flags = ph[i].p_flags,
		};
		if (!__builtin_add_overflow(ph[i].p_offset, ph[i].p_filesz, &end) && end > c->want)
			c->want = end;
	}
	qsort(c->load, c->nload, sizeof *c->load, by_start);
}

/* Notes. */

/* Where a thread is is in its registers: the number of the system call, or -1. */
static bool
in_call(const struct elf_prstatus *s)
{
#ifdef __x86_64__
	enum { ORIG_RAX = 15 };

	return (int64_t)s->pr_reg[ORIG_RAX] >= 0;
#else
	(void)s;
	return false;
#endif
}

static void
note_thread(struct core *c, const void *p, size_t n)
{
	struct elf_prstatus s;

	if (n < sizeof s)
		return;
	memcpy(&s, p, sizeof s);
	c->thread = mem_room(c->thread, c->nthreads, &c->threads_cap, sizeof *c->thread);
	c->thread[c->nthreads] = (struct core_thread){
	    .tid = s.pr_pid,
	    .in_call = in_call(&s),
	    .signal = c->nthreads ? 0 : s.pr_cursig,
	};
	c->nthreads++;
}

static void
note_process(struct core *c, const void *p, size_t n)
{
	struct elf_prpsinfo s;
	size_t len;

	if (n < sizeof s)
		return;
	memcpy(&s, p, sizeof s);
	c->pid = s.pr_pid;
	len = strnlen(s.pr_psargs, sizeof s.pr_psargs);
	memcpy(c->command, s.pr_psargs, len);
	while (len && c->command[len - 1] == ' ')
		len--;
	c->command[len] = '\0';
}

static void
note_auxv(struct core *c, const char *p, size_t n)
{
	Elf64_auxv_t a;

	for (; n >= sizeof a; p += sizeof a, n -= sizeof a) {
		memcpy(&a, p, sizeof a);
		if (a.a_type == AT_PHDR)
			c->phdr = a.a_un.a_val;
	}
}

/* NT_FILE: count, page size, then start, end, offset in pages for each, then their names. */
static void
note_files(struct core *c, const void *p, size_t n, struct named **named, size_t *nnamed)
{
	struct cur at = {p, (const unsigned char *)p + n, false, false}, names = at;
	uint64_t count = cur_u64(&at), page = cur_u64(&at), i;
	struct strings paths = {0};
	const char *path;
	size_t len;

	if (*named || at.bad || count > n / 24 || !page || page > 1 << 30)
		return;
	cur_skip(&names, 16 + count * 24);
	*named = mem_new(count + 1, sizeof **named);
	for (i = 0; i < count; i++) {
		struct named f = {.start = cur_u64(&at), .end = cur_u64(&at)};

		f.offset = cur_u64(&at) * page;
		path = cur_str(&names, &len);
		if (!path)
			break;
		f.file = strings_id(&paths, path, len);
		(*named)[(*nnamed)++] = f;
	}
	c->nfiles = paths.n;
	c->file = mem_new(paths.n + 1, sizeof *c->file);
	for (i = 0; i < paths.n; i++)
		c->file[i] = (struct core_file){.path = strdup(paths.str[i].p), .fd = -1};
	strings_free(&paths);
}

static void
read_note(struct core *c, uint32_t type, const void *p, size_t n, struct named **named,
          size_t *nnamed)
{
	switch (type) {
	case NT_PRSTATUS:
		note_thread(c, p, n);
		break;
	case NT_PRPSINFO:
		note_process(c, p, n);
		break;
	case NT_AUXV:
		note_auxv(c, p, n);
		break;
	case NT_FILE:
		note_files(c, p, n, named, nnamed);
		break;
	}
}

/* Notes are a header, a name and contents, both filled up to 4 bytes. */
static void
read_notes(struct core *c, const Elf64_Phdr *ph, struct named **named, size_t *nnamed)
{
	uint64_t n = ph->p_filesz < CORE_NOTES_MAX ? ph->p_filesz : CORE_NOTES_MAX;
	char *bytes;
	struct cur at;

	if (ph->p_offset >= c->size)
		return;
	n = n < c->size - ph->p_offset ? n : c->size - ph->p_offset;
	bytes = mem_new(n + 1, 1);
	if (pread_all(c->fd, bytes, n, ph->p_offset) < 0)
		n = 0;
	at = (struct cur){(unsigned char *)bytes, (unsigned char *)bytes + n, false, false};
	while (!at.bad && at.p < at.end) {
		uint32_t name_size = cur_u32(&at), size = cur_u32(&at), type = cur_u32(&at);
		const char *name = cur_skip(&at, (name_size + 3ull) & ~3ull);
		const void *p = cur_skip(&at, size);

		if (p && name && name_size == 5 && !memcmp(name, "CORE", 5))
			read_note(c, type, p, size, named, nnamed);
		cur_skip(&at, -size & 3);
	}
	free(bytes);
}

/* Mappings. */

static const struct named *
named_at(const struct named *named, size_t n, uint64_t addr)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (named[mid].start <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo && addr < named[lo - 1].end ? &named[lo - 1] : NULL;
}

static int
by_named_start(const void *a, const void *b)
{
	const struct named *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

static int
by_map_start(const void *a, const void *b)
{
	const struct mapping *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

static void
add_map(struct core *c, uint64_t start, uint64_t end, uint32_t flags, const struct named *f)
{
	struct maps *maps = &c->maps;

	maps->map = mem_room(maps->map, maps->n, &maps->cap, sizeof *maps->map);
	maps->map[maps->n++] = (struct mapping){
	    .start = start,
	    .end = end,
	    .offset = f ? f->offset + (start - f->start) : 0,
	    .inode = f ? f->file + 1 : 0,
	    .read = flags & PF_R,
	    .write = flags & PF_W,
	    .exec = flags & PF_X,
	    .path = strdup(f ? c->file[f->file].path : ""),
	};
}

static const struct core_load *load_at(const struct core *, uint64_t addr);

/* A mapping for each segment, and for each file that has none. */
static void
make_maps(struct core *c, struct named *named, size_t n)
{
	size_t i;

	if (n)
		qsort(named, n, sizeof *named, by_named_start);
	for (i = 0; i < c->nload; i++) {
		const struct core_load *l = &c->load[i];

		add_map(c, l->start, l->end, l->flags, named_at(named, n, l->start));
	}
	for (i = 0; i < n; i++) {
		if (named[i].end > named[i].start && !load_at(c, named[i].start))
			add_map(c, named[i].start, named[i].end, PF_R, &named[i]);
	}
	if (c->maps.n)
		qsort(c->maps.map, c->maps.n, sizeof *c->maps.map, by_map_start);
}

static const struct core_load *
load_at(const struct core *c, uint64_t addr)
{
	size_t lo = 0, hi = c->nload;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (c->load[mid].start <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo && addr < c->load[lo - 1].end ? &c->load[lo - 1] : NULL;
}

static const struct mapping *
map_at(const struct core *c, uint64_t addr)
{
	size_t lo = 0, hi = c->maps.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (c->maps.map[mid].start <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo && addr < c->maps.map[lo - 1].end ? &c->maps.map[lo - 1] : NULL;
}

int
core_open(struct core *c, const char *path)
{
	struct named *named = NULL;
	size_t nnamed = 0;
	uint64_t i, n = 0;
	Elf64_Phdr *ph;
	struct stat st;

	*c = (struct core){.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
	if (c->fd < 0)
		return err_sys("%s", path);
	if (fstat(c->fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		core_close(c);
		return err_set("%s: not a file", path);
	}
	c->size = (uint64_t)st.st_size;
	ph = read_segments(c, &n);
	if (!ph) {
		core_close(c);
		return err_at("%s", path);
	}
	read_loads(c, ph, n);
	for (i = 0; i < n; i++) {
		if (ph[i].p_type == PT_NOTE)
			read_notes(c, &ph[i], &named, &nnamed);
	}
	make_maps(c, named, nnamed);
	free(named);
	free(ph);
	return 0;
}

void
core_close(struct core *c)
{
	size_t i;

	for (i = 0; i < c->nfiles; i++) {
		if (c->file[i].fd >= 0)
			close(c->file[i].fd);
		free(c->file[i].path);
		free(c->file[i].refusal);
	}
	if (c->fd >= 0)
		close(c->fd);
	free(c->file);
	free(c->load);
	free(c->thread);
	maps_free(&c->maps);
	*c = (struct core){.fd = -1};
}

/* Files. */

/* Opens a regular file and nothing else: to open a device can be to use it. */
static int
open_regular(const char *path)
{
	struct stat st;
	int fd;

	if (stat(path, &st) < 0)
		return err_sys("%s", path);
	if (!S_ISREG(st.st_mode))
		return err_set("%s: not a file", path);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	return fd < 0 ? err_sys("%s", path) : fd;
}

static ssize_t read_dumped(const struct core *, uint64_t addr, void *to, size_t n);

/* The build id in the core's own copy of the first page of a file; false: it has none. */
static bool
dumped_build_id(const struct core *c, uint64_t inode, struct elf_build_id *id)
{
	enum { PAGE = 4096 };
	uint64_t page[PAGE / 8];
	const struct mapping *m = c->maps.map;
	struct elf e;
	size_t i;

	for (i = 0; i < c->maps.n && (m[i].inode != inode || m[i].offset != 0); i++)
		;
	return i < c->maps.n && read_dumped(c, m[i].start, page, PAGE) == PAGE &&
	       elf_from_bytes(&e, page, PAGE) == 0 && elf_build_id(&e, id);
}

static int
check_build_id(const struct core *c, uint64_t inode, const char *path, int fd)
{
	struct elf_build_id was, is;
	struct elf e;
	bool same;

	if (!dumped_build_id(c, inode, &was))
		return 0;
	if (elf_open(&e, fd) < 0)
		return err_at("%s", path);
	same = elf_build_id(&e, &is) && was.n == is.n && !memcmp(was.id, is.id, is.n);
	elf_close(&e);
	return same ? 0
	            : err_set("%s: not the file that was mapped (its build id differs); put that "
	                      "one there",
	                      path);
}

int
core_file(struct core *c, size_t i)
{
	uint64_t inode = c->maps.map[i].inode;
	struct core_file *f;

	if (!inode)
		return err_set("anonymous memory has no file");
	f = &c->file[inode - 1];
	if (f->refusal)
		return err_set("%s", f->refusal);
	if (f->fd >= 0)
		return f->fd;
	f->fd = open_regular(f->path);
	if (f->fd >= 0 && check_build_id(c, inode, f->path, f->fd) == 0)
		return f->fd;
	f->refusal = strdup(err_why());
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
	return -1;
}

/* Memory. */

/* Bytes at addr that stand in the core, as many as lie in one segment; 0: none do. */
static ssize_t
read_dumped(const struct core *c, uint64_t addr, void *to, size_t n)
{
	const struct core_load *l = load_at(c, addr);
	uint64_t left;

	if (!l || addr - l->start >= l->filed)
		return 0;
	left = l->filed - (addr - l->start);
	n = n < left ? n : left;
	return pread_all(c->fd, to, n, l->offset + (addr - l->start)) < 0 ? 0 : (ssize_t)n;
}

/* Whether the core should have the byte itself: then no file is to be believed instead. */
static bool
should_have(const struct core *c, uint64_t addr)
{
	const struct core_load *l = load_at(c, addr);

	return l && addr - l->start < l->filed;
}

static ssize_t
read_from_file(struct core *c, uint64_t addr, void *to, size_t n)
{
	const struct mapping *m = map_at(c, addr);
	uint64_t left;
	int fd;

	if (!m || !m->inode || should_have(c, addr))
		return 0;
	left = m->end - addr;
	n = n < left ? n : left;
	fd = core_file(c, (size_t)(m - c->maps.map));
	if (fd < 0 || pread_all(fd, to, n, m->offset + (addr - m->start)) < 0)
		return 0;
	return (ssize_t)n;
}

static ssize_t
read_range(struct core *c, uint64_t addr, char *to, size_t n)
{
	size_t done = 0;
	ssize_t k;

	while (done < n) {
		k = read_dumped(c, addr + done, to + done, n - done);
		if (!k)
			k = read_from_file(c, addr + done, to + done, n - done);
		if (!k)
			break;
		done += (size_t)k;
	}
	return (ssize_t)done;
}

static ssize_t
core_readv(struct remote *r, const struct iovec *local, const struct iovec *far, size_t n)
{
	ssize_t total = 0, k;
	size_t i;

	for (i = 0; i < n; i++) {
		k = read_range(r->arg, (uint64_t)(uintptr_t)far[i].iov_base, local[i].iov_base,
		               far[i].iov_len);
		total += k;
		if (k < (ssize_t)far[i].iov_len)
			break;
	}
	if (total || !n || !far[0].iov_len)
		return total;
	errno = EFAULT;
	return -1;
}

void
remote_core(struct remote *r, struct core *c)
{
	*r = (struct remote){.readv = core_readv, .arg = c};
}

const char *
core_exe(const struct core *c)
{
	const struct mapping *m = c->phdr ? map_at(c, c->phdr) : NULL;

	return m ? m->path : "";
}

const struct core_thread *
core_thread(const struct core *c, pid_t tid)
{
	size_t i;

	for (i = 0; i < c->nthreads; i++) {
		if (c->thread[i].tid == tid)
			return &c->thread[i];
	}
	return NULL;
}
