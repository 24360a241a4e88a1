#include "cpython/runtime.h"
#include "base/err.h"
#include "target/elf.h"
#include "target/proc.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int
python_word(struct python *py, uint64_t addr, uint64_t *v)
{
	return remote_read(&py->mem, addr, v, sizeof *v);
}

void
python_version(const struct python *py, char *to)
{
	unsigned major = py->version >> 24, minor = py->version >> 16 & 0xff;

	if (py->version & 0xffff)
		snprintf(to, 16, "%u.%u.%u", major, minor, py->version >> 8 & 0xff);
	else
		snprintf(to, 16, "%u.%u", major, minor);
}

/* "3.N.P (" as sys.version begins, in bytes that hold anything: the version, or 0. */
static uint32_t
version_in_text(const char *p, size_t n)
{
	const char *end = p + n, *s;
	unsigned minor, micro;
	int used;

	for (s = p; (s = memmem(s, (size_t)(end - s), "3.", 2)); s++) {
		char text[16] = {0};

		memcpy(text, s, (size_t)(end - s) < 15 ? (size_t)(end - s) : 15);
		used = 0;
		if (sscanf(text, "3.%2u.%2u%n", &minor, &micro, &used) == 2 && used &&
		    (!strncmp(text + used, " (", 2) || !strncmp(text + used, "+ (", 3)))
			return 3u << 24 | minor << 16 | micro << 8 | 0xf0;
	}
	return 0;
}

/*
 * Up to 3.10 nothing in the file states the version reliably (PY_VERSION in .rodata may be merged
 * into a longer string), but Py_GetVersion() has formatted sys.version into its static buffer.
 */
static uint32_t
version_from_data(struct python *py, const struct maps *maps, size_t object)
{
	enum { WINDOW = 1 << 20, MOST = 16 << 20 };
	uint64_t at = 0, done = 0, k;
	uint32_t version = 0;
	char *buf = malloc(WINDOW);
	size_t i;

	for (i = object; buf && i < maps->n && done < MOST && !version; i++) {
		const struct mapping *m = &maps->map[i];

		/* The object's own mappings and the anonymous one behind them, its .bss. */
		if (m->inode && m->inode != maps->map[object].inode)
			break;
		for (at = m->start; m->write && at < m->end && done < MOST && !version; at += k) {
			k = m->end - at < WINDOW ? m->end - at : WINDOW;
			if (remote_read(&py->mem, at, buf, k) == 0)
				version = version_in_text(buf, k);
			done += k;
		}
	}
	free(buf);
	return version;
}

/* libpython3.9.so.1.0, python3.9: no patch level. */
static uint32_t
version_from_name(const char *path)
{
	const char *s = strstr(path, "python3.");
	unsigned minor = s ? (unsigned)atoi(s + 8) : 0;

	return minor ? 3u << 24 | minor << 16 : 0;
}

/* Whether the process can still be read, as a status for an error that reading gave. */
static enum python_status
status_of(pid_t pid)
{
	if (proc_gone(pid)) {
		err_set("process %d: no such process", pid);
		return PYTHON_GONE;
	}
	if (errno == EPERM || errno == EACCES) {
		proc_denied(pid);
		return PYTHON_DENIED;
	}
	err_sys("process %d: cannot be read", pid);
	return PYTHON_NONE;
}

static uint32_t
version_of(struct python *py, const struct elf *e, uint64_t bias, const struct maps *maps,
           size_t object)
{
	uint64_t at = elf_symbol(e, "Py_Version", NULL), v;
	char head[16];
	uint32_t version = 0;

	if (at && python_word(py, bias + at, &v) == 0)
		return (uint32_t)v;
	if (remote_read(&py->mem, py->runtime, head, sizeof head) == 0)
		version = layout_debug_version(head, sizeof head);
	if (!version)
		version = version_from_data(py, maps, object);
	return version ? version : version_from_name(maps->map[object].path);
}

static enum python_status
choose_layout(struct python *py)
{
	char head[LAYOUT_DEBUG_MAX], version[16];
	const struct layout *row;

	python_version(py, version);
	if (remote_read(&py->mem, py->runtime, head, sizeof head) < 0)
		return err_set("its runtime cannot be read"), PYTHON_NONE;
	if (layout_debug_version(head, sizeof head)) {
		if (layout_debug_offsets(&py->lay, head, sizeof head) < 0)
			goto unknown;
	} else {
		row = layout_row((int)(py->version >> 16 & 0xff), false);
		if (!row)
			goto unknown;
		py->lay = *row;
	}
	return PYTHON_FOUND;
unknown:
	err_at("CPython %s", version);
	return PYTHON_UNKNOWN;
}

/* The file behind a mapping, to be closed; or -1. */
static int
open_object(struct python *py, const struct maps *maps, size_t i)
{
	int fd;

	if (!py->core)
		return maps_open(maps, i, py->pid);
	fd = core_file(py->core, i);
	return fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

/* True when the object behind mapping i holds the runtime; then *py has its address and version. */
static bool
look_into(struct python *py, const struct maps *maps, size_t i)
{
	const struct mapping *m = &maps->map[i];
	int fd = open_object(py, maps, i);
	uint64_t at, bias, type;
	struct elf e;

	if (fd < 0)
		return false;
	if (elf_open(&e, fd) < 0) {
		close(fd);
		return false;
	}
	close(fd);
	at = elf_symbol(&e, "_PyRuntime", NULL);
	if (!at)
		at = elf_section(&e, ".PyRuntime", NULL);
	if (at && elf_bias(&e, m->start, m->offset, &bias) == 0) {
		py->runtime = bias + at;
		py->version = version_of(py, &e, bias, maps, i);
		type = elf_symbol(&e, "PyCode_Type", NULL);
		py->code_type = type ? bias + type : 0;
	}
	elf_close(&e);
	return py->runtime != 0 && py->version != 0;
}

/* The first mapping of each mapped file; likely ones (python in the name) in the first round. */
static bool
search(struct python *py, const struct maps *maps)
{
	size_t i;
	int round;

	for (round = 0; round < 2; round++) {
		for (i = 0; i < maps->n; i++) {
			const struct mapping *m = &maps->map[i];
			bool likely = i == 0 || strstr(m->path, "python");

			if (!m->inode || m->path[0] != '/' || likely != (round == 0) ||
			    (i && maps->map[i - 1].inode == m->inode))
				continue;
			if (look_into(py, maps, i))
				return true;
		}
	}
	return false;
}

/* A first thread that has a frame: before that the lists are not to be walked. */
bool
python_ready(struct python *py)
{
	uint64_t interp, ts;

	return python_word(py, py->runtime + py->lay.rt_interp_head, &interp) == 0 && interp &&
	       python_word(py, interp + py->lay.in_threads, &ts) == 0 && ts;
}

enum python_status
python_find(struct python *py, pid_t pid)
{
	enum python_status status;
	struct maps maps;
	bool found;

	*py = (struct python){.pid = pid};
	remote_live(&py->mem, pid);
	if (maps_read(&maps, pid) < 0)
		return status_of(pid);
	found = search(py, &maps);
	if (!found) {
		uint64_t v;

		errno = 0;
		if (maps.n && python_word(py, maps.map[0].start, &v) < 0 && errno != EFAULT)
			status = status_of(pid);
		else {
			err_set("process %d: no CPython interpreter in it (%s)", pid,
			        maps.map[0].path);
			status = PYTHON_NONE;
		}
		maps_free(&maps);
		return status;
	}
	maps_free(&maps);
	status = choose_layout(py);
	if (status != PYTHON_FOUND) {
		err_at("process %d", pid);
		return proc_gone(pid) ? status_of(pid) : status;
	}
	py->main_tid = proc_ns_tid(pid, pid);
	py->other_pid_ns = py->main_tid != pid;
	if (python_ready(py))
		return PYTHON_FOUND;
	err_set("process %d: its interpreter has not started", pid);
	return PYTHON_STARTING;
}

/* Why no interpreter was found: perhaps a file that should have it cannot be used. */
static enum python_status
not_in_core(struct core *c)
{
	const struct maps *maps = &c->maps;
	size_t i;

	for (i = 0; i < maps->n; i++) {
		if ((i == 0 || strstr(maps->map[i].path, "python")) && maps->map[i].inode &&
		    core_file(c, i) < 0) {
			err_at("no CPython interpreter found in it");
			return PYTHON_NONE;
		}
	}
	err_set("no CPython interpreter in it (%s)", core_exe(c));
	return PYTHON_NONE;
}

enum python_status
python_find_core(struct python *py, struct core *c)
{
	enum python_status status;

	*py = (struct python){.core = c, .main_tid = c->pid};
	remote_core(&py->mem, c);
	if (!search(py, &c->maps))
		return not_in_core(c);
	status = choose_layout(py);
	if (status != PYTHON_FOUND)
		return status;
	if (python_ready(py))
		return PYTHON_FOUND;
	err_set("its interpreter had not started, or its memory is not in the core");
	return PYTHON_STARTING;
}
