#include "render/dump.h"
#include "base/utf8.h"
#include "model/label.h"

#include <string.h>

/* Text of the target, for a terminal: controls and bytes that are no UTF-8 as \xNN. */
static void
put_text(struct buf *b, const char *s)
{
	const char *end = s + strlen(s);
	uint32_t code;
	size_t n;

	for (; s < end; s += n) {
		n = utf8_next(s, end, &code);
		if (n && code >= 0x20 && (code < 0x7f || code >= 0xa0)) {
			buf_add(b, s, n);
			continue;
		}
		if (n == 2)
			buf_printf(b, "\\x%02x", code);
		else
			buf_printf(b, "\\x%02x", (unsigned char)*s);
		n = n ? n : 1;
	}
}

static void
flush(struct dump *d)
{
	fwrite(d->buf.p, 1, d->buf.len, d->f);
	d->buf.len = 0;
}

static void
text_begin(struct dump *d, const struct dump_process *p)
{
	buf_printf(&d->buf, "Process %d: ", p->pid);
	put_text(&d->buf, p->command);
	if (p->core) {
		buf_str(&d->buf, "\nCore ");
		put_text(&d->buf, p->core);
	}
	buf_printf(&d->buf, "\nPython v%s (", p->version);
	put_text(&d->buf, p->exe);
	buf_str(&d->buf, ")\n\n");
}

static void
text_thread(struct dump *d, const struct dump_thread *t)
{
	struct buf *b = &d->buf;

	if (t->tid)
		buf_printf(b, "Thread %d", t->tid);
	else
		buf_printf(b, "Thread 0x%llX", (unsigned long long)t->ident);
	buf_printf(b, " (%s%s%s)", t->active ? "active" : "idle", t->gil ? "+gil" : "",
	           t->collecting ? "+gc" : "");
	if (t->name) {
		buf_str(b, ": \"");
		put_text(b, t->name);
		buf_char(b, '"');
	}
	if (t->interp)
		buf_printf(b, " in interpreter %u", t->interp);
	buf_char(b, '\n');
	if (t->torn)
		buf_str(b, "    [torn: the stack below is not certain, or not whole]\n");
	if (t->cut)
		buf_str(b, "    [cut: only the newest frames follow]\n");
	if (t->loose_locals)
		buf_str(b, "    [not stopped: the locals are perhaps not of one moment]\n");
}

static const char *
path(const struct dump *d, const struct dump_frame *f)
{
	return d->full_paths ? f->file : label_path(f->file, f->root);
}

static void
text_frame(struct dump *d, const struct dump_frame *f)
{
	buf_str(&d->buf, "    ");
	put_text(&d->buf, f->func);
	buf_str(&d->buf, " (");
	put_text(&d->buf, path(d, f));
	if (f->line)
		buf_printf(&d->buf, ":%u", f->line);
	buf_str(&d->buf, ")\n");
}

static void
text_local(struct dump *d, const char *name, const char *value, bool argument)
{
	if (argument && !d->arguments)
		buf_str(&d->buf, "        Arguments:\n");
	if (!argument && !d->locals)
		buf_str(&d->buf, "        Locals:\n");
	*(argument ? &d->arguments : &d->locals) = true;
	buf_str(&d->buf, "            ");
	put_text(&d->buf, name);
	buf_str(&d->buf, ": ");
	put_text(&d->buf, value);
	buf_char(&d->buf, '\n');
}

static void
json_begin(struct dump *d, const struct dump_process *p)
{
	struct json *j = &d->j;

	*j = (struct json){.to = &d->buf};
	json_object(j);
	json_key(j, "pid");
	json_number(j, (uint64_t)p->pid);
	json_key(j, "command");
	json_text(j, p->command);
	json_key(j, "core");
	json_text(j, p->core);
	json_key(j, "version");
	json_text(j, p->version);
	json_key(j, "executable");
	json_text(j, p->exe);
	json_key(j, "threads");
	json_array(j);
}

static void
json_flag(struct json *j, const char *name, bool v)
{
	json_key(j, name);
	json_bool(j, v);
}

static void
json_thread(struct dump *d, const struct dump_thread *t)
{
	struct json *j = &d->j;

	json_object(j);
	json_key(j, "thread_id");
	json_number(j, t->ident);
	json_key(j, "os_thread_id");
	if (t->tid)
		json_number(j, (uint64_t)t->tid);
	else
		json_null(j);
	json_key(j, "thread_name");
	json_text(j, t->name);
	json_key(j, "interpreter");
	json_number(j, t->interp);
	json_flag(j, "active", t->active);
	json_flag(j, "owns_gil", t->gil);
	json_flag(j, "collecting", t->collecting);
	json_flag(j, "torn", t->torn);
	json_flag(j, "cut", t->cut);
	json_flag(j, "loose_locals", t->loose_locals);
	json_key(j, "frames");
	json_array(j);
}

static void
json_frame(struct dump *d, const struct dump_frame *f)
{
	struct json *j = &d->j;

	json_object(j);
	json_key(j, "name");
	json_text(j, f->func);
	json_key(j, "filename");
	json_text(j, f->file);
	json_key(j, "short_filename");
	json_text(j, label_path(f->file, f->root));
	json_key(j, "line");
	json_number(j, f->line);
	json_key(j, "first_line");
	json_number(j, f->firstline);
	json_key(j, "locals");
	json_array(j);
}

static void
json_local(struct dump *d, const char *name, const char *value, bool argument)
{
	struct json *j = &d->j;

	json_object(j);
	json_key(j, "name");
	json_text(j, name);
	json_flag(j, "arg", argument);
	json_key(j, "repr");
	json_text(j, value);
	json_end(j);
}

/* Ends what is open of the frame, and with `thread` of the thread. */
static void
close_open(struct dump *d, bool thread)
{
	if (d->json && d->in_frame) {
		json_end(&d->j); /* locals */
		json_end(&d->j);
	}
	d->in_frame = false;
	if (!thread)
		return;
	if (d->json && d->in_thread) {
		json_end(&d->j); /* frames */
		json_end(&d->j);
	}
	d->in_thread = false;
	flush(d);
}

void
dump_begin(struct dump *d, const struct dump_process *p)
{
	if (d->json)
		json_begin(d, p);
	else
		text_begin(d, p);
}

void
dump_thread(struct dump *d, const struct dump_thread *t)
{
	close_open(d, true);
	if (d->json)
		json_thread(d, t);
	else
		text_thread(d, t);
	d->in_thread = true;
}

void
dump_frame(struct dump *d, const struct dump_frame *f)
{
	close_open(d, false);
	d->in_frame = true;
	d->arguments = d->locals = false;
	if (d->json)
		json_frame(d, f);
	else
		text_frame(d, f);
}

void
dump_local(struct dump *d, const char *name, const char *value, bool argument)
{
	if (d->json)
		json_local(d, name, value, argument);
	else
		text_local(d, name, value, argument);
}

void
dump_more_locals(struct dump *d, uint64_t n)
{
	if (!d->json)
		buf_printf(&d->buf, "            ... %llu more\n", (unsigned long long)n);
	else
		json_local(d, "...", NULL, false);
}

void
dump_end(struct dump *d)
{
	close_open(d, true);
	if (d->json) {
		json_end(&d->j);
		json_end(&d->j);
		buf_char(&d->buf, '\n');
	}
	flush(d);
	buf_free(&d->buf);
}
