/*
 * core: the memory of a process that has died, or that gcore(1) copied, out of an ELF core file.
 *
 *      PT_LOAD      its mappings; of each the bytes that the dumper thought worth keeping
 *      NT_FILE      which file was mapped where
 *      NT_PRSTATUS  its threads, the one that died first
 *      NT_PRPSINFO  its pid and the beginning of its command line
 *      NT_AUXV      where its executable was
 *
 * Pages of files that nobody wrote to are left out by dumpers. They are taken from the files
 * themselves, at the paths that NT_FILE has, if their build id is the one in the core's copy of
 * the file's first page (where there is one).
 *
 * The core is somebody else's: it may be cut short, and it may lie. What lies behind its end cannot
 * be read; all else works on. Native endian, 64 bits.
 */
#ifndef TARGET_CORE_H
#define TARGET_CORE_H

#include "target/proc.h"
#include "target/remote.h"

struct core_thread {
	pid_t tid;    /* as its own pid namespace has it */
	bool in_call; /* it was in a system call */
	int signal;   /* that it died of; 0: another thread did */
};

struct core {
	int fd;
	uint64_t size, want; /* bytes of the file; and that it should have */
	struct core_load *load;
	size_t nload;
	struct maps maps; /* ascending; `inode` only tells files from each other, 0: anonymous */
	struct core_file *file;
	size_t nfiles;
	struct core_thread *thread;
	size_t nthreads, threads_cap;
	pid_t pid;        /* 0 unknown */
	char command[81]; /* the kernel keeps no more */
	uint64_t phdr;    /* an address in its executable, 0 unknown */
};

enum { CORE_LOADS_MAX = 1 << 20, CORE_NOTES_MAX = 256 << 20 };

/* -1 with err where it is no core of a 64-bit process of this machine. */
int core_open(struct core *, const char *path);
void core_close(struct core *);

/* Its memory, which belongs to the core. */
void remote_core(struct remote *, struct core *);

/*
 * The file behind maps.map[i], opened; the core closes it. -1 with err: it is not there, not a
 * file, or another one by now.
 */
int core_file(struct core *, size_t i);

/* The path of the executable, or "". */
const char *core_exe(const struct core *);

/* NULL: no thread of that tid. */
const struct core_thread *core_thread(const struct core *, pid_t tid);

#endif
