#include "model/label.h"

#include <ctype.h>
#include <string.h>

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

/* The last directory of this name in the path, as "name/rest"; NULL where there is none. */
static const char *
last_dir(const char *path, const char *name)
{
	size_t n = strlen(name);
	const char *p, *last = NULL;

	for (p = path; (p = strstr(p, name)); p++) {
		if ((p == path || p[-1] == '/') && p[n] == '/' && p[n + 1])
			last = p;
	}
	return last;
}

/* "pythonX.Y/", and letters after Y: python3.13t is the build without the GIL. */
static bool
is_python_dir(const char *s)
{
	if (strncmp(s, "python", 6))
		return false;
	s += 6;
	if (!isdigit((unsigned char)*s))
		return false;
	while (isdigit((unsigned char)*s))
		s++;
	if (*s != '.' || !isdigit((unsigned char)s[1]))
		return false;
	while (isalnum((unsigned char)*++s))
		;
	return *s == '/' && s[1];
}

/* The last "lib/pythonX.Y/rest", or lib64, where Fedora has half of it. */
static const char *
last_stdlib(const char *path)
{
	const char *p, *last = NULL;

	for (p = path; (p = strstr(p, "lib")); p++) {
		const char *s = p + 3;

		if (p != path && p[-1] != '/')
			continue;
		if (!strncmp(s, "64", 2))
			s += 2;
		if (*s == '/' && is_python_dir(s + 1))
			last = p;
	}
	return last;
}

/* NULL where root does not end a directory with something below it. */
static const char *
below_root(const char *path, uint32_t root)
{
	if (!root || strnlen(path, root) < root)
		return NULL;
	if (path[root] != '/' && path[root - 1] != '/')
		return NULL;
	path += root;
	path += strspn(path, "/");
	return *path ? path : NULL;
}

const char *
label_path(const char *file, uint32_t root)
{
	const char *site, *dist, *p;

	if (*file == '<')
		return file;
	site = last_dir(file, "site-packages");
	dist = last_dir(file, "dist-packages");
	if (site || dist)
		return !dist || site > dist ? site : dist;
	if ((p = last_stdlib(file)) || (p = below_root(file, root)))
		return p;
	return base_name(file);
}

static void
python_frame(struct buf *b, const struct frame *f, unsigned flags)
{
	uint32_t line = flags & LABEL_FUNCTION ? f->firstline : f->line;

	buf_str(b, *f->func ? f->func : "[unknown]");
	if (!*f->file)
		return;
	buf_str(b, " (");
	buf_str(b, flags & LABEL_FULL_PATH ? f->file : label_path(f->file, f->root));
	if (line)
		buf_printf(b, ":%u", line);
	buf_char(b, ')');
}

/* perf's own names of what is not a file, "[vdso]" or "[ext4]", have their brackets already. */
static void
object(struct buf *b, const char *path, unsigned flags)
{
	if (!(flags & LABEL_FULL_PATH))
		path = base_name(path);
	buf_printf(b, *path == '[' ? " (%s)" : " ([%s])", path);
}

static void
machine_frame(struct buf *b, const struct frame *f, unsigned flags)
{
	const char *path = f->file;

	/* "[kernel.kallsyms]", "[kernel.kallsyms]_text", "[guest.kernel...]"; modules keep theirs.
	 */
	if (f->kind == FRAME_KERNEL && (!*path || strstr(path, "kernel.kallsyms")))
		path = "[kernel]";
	if (*f->func)
		buf_str(b, f->func);
	else if (*path)
		buf_printf(b, "0x%llx", (unsigned long long)f->addr);
	else
		buf_str(b, "[unknown]");
	if (*path)
		object(b, path, flags);
}

void
label_frame(struct buf *b, const struct frame *f, unsigned flags)
{
	if (f->kind == FRAME_PYTHON)
		python_frame(b, f, flags);
	else
		machine_frame(b, f, flags);
}

void
label_thread(struct buf *b, uint32_t tid, const char *name)
{
	buf_printf(b, name ? "thread (%u): %s" : "thread (%u)", tid, name);
}

void
label_process(struct buf *b, uint32_t pid, const char *comm)
{
	buf_printf(b, "%s (%u)", comm ? comm : "process", pid);
}
