#include "target/proc.h"
#include "base/err.h"
#include "base/mem.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A small file of /proc, NUL-terminated. Bytes read, or -1 with errno. */
static ssize_t
slurp(const char *path, char *to, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = read(fd, to, size - 1);
	close(fd);
	if (n >= 0)
		to[n] = '\0';
	return n;
}

static bool
parse_mapping(char *line, struct mapping *m)
{
	char perms[5];
	unsigned long long inode;
	int at = 0;

	if (sscanf(line, "%lx-%lx %4s %lx %*s %llu %n", &m->start, &m->end, perms, &m->offset,
	           &inode, &at) < 5)
		return false;
	m->inode = inode;
	m->read = perms[0] == 'r';
	m->write = perms[1] == 'w';
	m->exec = perms[2] == 'x';
	line[strcspn(line, "\n")] = '\0';
	m->path = strdup(line + at);
	return m->path != NULL;
}

int
maps_read(struct maps *maps, pid_t pid)
{
	char path[64], *line = NULL;
	size_t size = 0;
	FILE *f;

	*maps = (struct maps){0};
	snprintf(path, sizeof path, "/proc/%d/maps", pid);
	f = fopen(path, "re");
	if (!f)
		return err_sys("process %d", pid);
	errno = 0;
	while (getline(&line, &size, f) > 0) {
		maps->map = mem_room(maps->map, maps->n, &maps->cap, sizeof *maps->map);
		if (parse_mapping(line, &maps->map[maps->n]))
			maps->n++;
	}
	free(line);
	fclose(f);
	if (maps->n)
		return 0;
	maps_free(maps);
	errno = errno ? errno : ESRCH; /* a zombie has an empty one */
	return err_sys("process %d", pid);
}

void
maps_free(struct maps *maps)
{
	while (maps->n)
		free(maps->map[--maps->n].path);
	free(maps->map);
	*maps = (struct maps){0};
}

/* True when fd is the file of the mapping: a path may lead to another one by now. */
static bool
same_file(int fd, const struct mapping *m)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_ino == m->inode;
}

static int
open_same(const char *path, const struct mapping *m)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd >= 0 && !same_file(fd, m)) {
		close(fd);
		return -1;
	}
	return fd;
}

int
maps_open(const struct maps *maps, size_t i, pid_t pid)
{
	const struct mapping *m = &maps->map[i];
	char path[PATH_MAX + 64];
	int fd;

	/* map_files names have no leading zeros, unlike maps. */
	snprintf(path, sizeof path, "/proc/%d/map_files/%lx-%lx", pid, m->start, m->end);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	snprintf(path, sizeof path, "/proc/%d/exe", pid);
	fd = open_same(path, m);
	if (fd >= 0)
		return fd;
	/* On an overlay the inode in maps may not be the one that stat shows: then only the name.
	 */
	snprintf(path, sizeof path, "/proc/%d/root%s", pid, m->path);
	fd = open_same(path, m);
	return fd >= 0 ? fd : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

int
proc_tasks(pid_t pid, pid_t *tids, int max)
{
	char path[64];
	struct dirent *e;
	int n = 0;
	DIR *d;

	snprintf(path, sizeof path, "/proc/%d/task", pid);
	d = opendir(path);
	if (!d)
		return -1;
	while ((e = readdir(d))) {
		if (!isdigit((unsigned char)e->d_name[0]))
			continue;
		if (n < max)
			tids[n] = atoi(e->d_name);
		n++;
	}
	closedir(d);
	return n;
}

/* The text after "KEY:" in /proc/PID/task/TID/status, in buf; NULL when gone. */
static const char *
status_line(pid_t pid, pid_t tid, const char *key, char *buf, size_t size)
{
	char path[64], *p;
	size_t n = strlen(key);

	snprintf(path, sizeof path, "/proc/%d/task/%d/status", pid, tid);
	if (slurp(path, buf, size) <= 0)
		return NULL;
	for (p = buf; p; p = strchr(p, '\n')) {
		p += *p == '\n';
		if (!strncmp(p, key, n) && p[n] == ':') {
			p[strcspn(p, "\n")] = '\0';
			return p + n + 1;
		}
	}
	return NULL;
}

pid_t
proc_tracer(pid_t pid)
{
	char buf[4096];
	const char *s = status_line(pid, pid, "TracerPid", buf, sizeof buf);

	return s ? (pid_t)strtol(s, NULL, 10) : 0;
}

pid_t
proc_ns_tid(pid_t pid, pid_t tid)
{
	char buf[4096];
	const char *s = status_line(pid, tid, "NSpid", buf, sizeof buf);
	pid_t last = s ? tid : 0;
	char *end;

	while (s) {
		long v = strtol(s, &end, 10);

		if (end == s)
			break;
		last = (pid_t)v;
		s = end;
	}
	return last;
}

void
proc_comm(pid_t pid, pid_t tid, char name[16])
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/task/%d/comm", pid, tid);
	if (slurp(path, name, 16) < 0)
		name[0] = '\0';
	name[strcspn(name, "\n")] = '\0';
}

/* The fields of /proc/PID/stat after "(comm) ", where the state is the first; NULL when gone. */
static const char *
stat_fields(pid_t pid, char *buf, size_t size)
{
	char path[64], *p;

	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	if (slurp(path, buf, size) <= 0)
		return NULL;
	p = strrchr(buf, ')');
	return p && p[1] ? p + 2 : NULL;
}

char
proc_state(pid_t pid, pid_t tid)
{
	char path[64], buf[1024], *p;

	snprintf(path, sizeof path, "/proc/%d/task/%d/stat", pid, tid);
	if (slurp(path, buf, sizeof buf) <= 0)
		return 0;
	p = strrchr(buf, ')');
	return p && p[1] ? p[2] : 0;
}

char *
proc_command(pid_t pid)
{
	enum { MOST = 32768 };
	char path[64], *p = mem_new(MOST, 1);
	ssize_t n, i;

	snprintf(path, sizeof path, "/proc/%d/cmdline", pid);
	n = slurp(path, p, MOST);
	while (n > 0 && !p[n - 1])
		n--;
	for (i = 0; i < n; i++)
		p[i] = p[i] ? p[i] : ' ';
	return p;
}

void
proc_exe_path(pid_t pid, char *to, size_t size)
{
	char path[64];
	ssize_t n;

	snprintf(path, sizeof path, "/proc/%d/exe", pid);
	n = readlink(path, to, size - 1);
	to[n > 0 ? n : 0] = '\0';
}

bool
proc_gone(pid_t pid)
{
	char buf[1024];
	const char *s = stat_fields(pid, buf, sizeof buf);

	return !s || *s == 'Z' || *s == 'X';
}

uint64_t
proc_exe(pid_t pid)
{
	struct stat st;
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/exe", pid);
	return stat(path, &st) == 0 ? (uint64_t)st.st_dev << 48 ^ (uint64_t)st.st_ino : 0;
}

/* Adds the numbers of a children file to the n children already had. */
static int
add_children(pid_t pid, pid_t tid, pid_t *children, int n, int max)
{
	char path[64];
	FILE *f;
	int child;

	snprintf(path, sizeof path, "/proc/%d/task/%d/children", pid, tid);
	f = fopen(path, "re");
	if (!f)
		return n;
	for (; fscanf(f, "%d", &child) == 1; n++) {
		if (n < max)
			children[n] = child;
	}
	fclose(f);
	return n;
}

int
proc_children(pid_t pid, pid_t *children, int max)
{
	pid_t tids[4096];
	int i, n = 0, ntids = proc_tasks(pid, tids, 4096);

	for (i = 0; i < ntids && i < 4096; i++)
		n = add_children(pid, tids[i], children, n, max);
	return ntids < 0 ? -1 : n;
}

uint64_t
proc_start(pid_t pid)
{
	char buf[1024];
	const char *s = stat_fields(pid, buf, sizeof buf);
	int field;

	/* starttime is field 22 of proc(5); the state is field 3. */
	for (field = 3; s && field < 22; field++) {
		s = strchr(s, ' ');
		s = s ? s + 1 : NULL;
	}
	return s ? strtoull(s, NULL, 10) : 0;
}

/* A set of capabilities, by its key in status; none when it cannot be had. */
static uint64_t
capabilities(pid_t pid, const char *key)
{
	char buf[4096];
	const char *s = status_line(pid, pid, key, buf, sizeof buf);

	return s ? strtoull(s, NULL, 16) : 0;
}

static bool
have_ptrace_capability(void)
{
	return capabilities(getpid(), "CapEff") >> 19 & 1; /* CAP_SYS_PTRACE */
}

static int
ptrace_scope(void)
{
	char buf[16];

	return slurp("/proc/sys/kernel/yama/ptrace_scope", buf, sizeof buf) > 0 ? atoi(buf) : 0;
}

static bool
in_other_user_ns(pid_t pid)
{
	struct stat ours, theirs;
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/ns/user", pid);
	return stat("/proc/self/ns/user", &ours) == 0 && stat(path, &theirs) == 0 &&
	       ours.st_ino != theirs.st_ino;
}

int
proc_denied(pid_t pid)
{
	char buf[4096];
	const char *uid = status_line(pid, pid, "Uid", buf, sizeof buf);
	unsigned owner = uid ? (unsigned)strtoul(uid, NULL, 10) : 0;
	int scope = ptrace_scope();

	if (!uid)
		return err_set("process %d: no such process", pid);
	if (have_ptrace_capability())
		return err_set(
		    "process %d: permission denied although we have CAP_SYS_PTRACE: %s", pid,
		    scope == 3 ? "kernel.yama.ptrace_scope is 3, which forbids it until a reboot"
		    : in_other_user_ns(pid)
		        ? "it is in another user namespace; run in that namespace or its parent"
		        : "a security module (SELinux, AppArmor, seccomp) refuses it");
	if (owner != geteuid())
		return err_set(
		    "process %d: permission denied: it belongs to uid %u, we run as uid %u; "
		    "run as that user or as root (CAP_SYS_PTRACE)",
		    pid, owner, (unsigned)geteuid());
	if (scope >= 1)
		return err_set(
		    "process %d: permission denied: kernel.yama.ptrace_scope is %d; start "
		    "the program with pyrec -- COMMAND, run as root (CAP_SYS_PTRACE)%s",
		    pid, scope, scope == 1 ? ", or: sysctl kernel.yama.ptrace_scope=0" : "");
	if (capabilities(pid, "CapPrm") & ~capabilities(getpid(), "CapPrm"))
		return err_set("process %d: permission denied: it has capabilities that we lack; "
		               "run with CAP_SYS_PTRACE (docker run --cap-add SYS_PTRACE)",
		               pid);
	return err_set("process %d: permission denied: it is not dumpable (it changed its uid, or "
	               "called prctl), or a seccomp filter refuses process_vm_readv; run as root "
	               "(CAP_SYS_PTRACE)",
	               pid);
}
