/*
 * proc: what /proc says of a process: its mappings, its threads, who owns it, why it cannot be
 * read.
 */
#ifndef TARGET_PROC_H
#define TARGET_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct mapping {
	uint64_t start, end, offset;
	uint64_t inode; /* 0: anonymous */
	bool read, write, exec;
	char *path; /* as in maps, may end in " (deleted)"; "" anonymous. The maps own it */
};

struct maps {
	struct mapping *map;
	size_t n, cap;
};

/* -1 with err and errno (ENOENT or ESRCH: the process has gone; EACCES, EPERM: see proc_denied). */
int maps_read(struct maps *, pid_t);
void maps_free(struct maps *);

/*
 * Opens the file behind a mapping: by map_files (also when deleted), /proc/PID/exe, or the path
 * below the target's own root. A file descriptor, or -1.
 */
int maps_open(const struct maps *, size_t i, pid_t);

/* The thread ids of a process, as many as fit; how many there are, or -1 when it has gone. */
int proc_tasks(pid_t, pid_t *tids, int max);

/* The tid inside the target's innermost pid namespace (NSpid's last column); 0: gone. */
pid_t proc_ns_tid(pid_t, pid_t tid);

/* The name the kernel has for it (15 characters), "" when gone. */
void proc_comm(pid_t, pid_t tid, char name[16]);

/* What the kernel says a thread does: 'R' runs or could, 'S' sleeps, ... (proc(5)); 0: gone. */
char proc_state(pid_t pid, pid_t tid);

/* Its arguments, with blanks between; "" when it has gone or has none. The caller frees it. */
char *proc_command(pid_t);

/* The path of its executable as the process itself sees it; "" when it cannot be had. */
void proc_exe_path(pid_t, char *to, size_t size);

/* True when the process is no more, or a zombie. */
bool proc_gone(pid_t);

/* A number that tells the program it runs from others; 0: not to be had. */
uint64_t proc_exe(pid_t);

/* Its children, as many as fit; how many there are, or -1 when it has gone. */
int proc_children(pid_t, pid_t *children, int max);

/* The process that traces it with ptrace(2), which is then the only one that can; 0: none. */
pid_t proc_tracer(pid_t);

/* When it started, in clock ticks since boot: tells a reused pid. 0: gone. */
uint64_t proc_start(pid_t);

/*
 * Leaves with err why process_vm_readv(2) was refused: uid, capability, ptrace scope, dumpable,
 * namespace; and what to do. Returns -1.
 */
int proc_denied(pid_t);

#endif
