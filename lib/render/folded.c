#include "render/folded.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char UNKNOWN[] = "[unknown]";

static int
hex(unsigned char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* The byte that \xHH at p stands for (lower-case digits only), or -1. */
static int
escape_at(const char *p, const char *end)
{
	int hi, lo;

	if (end - p < 4 || p[0] != '\\' || p[1] != 'x')
		return -1;
	hi = hex((unsigned char)p[2]);
	lo = hex((unsigned char)p[3]);
	return hi < 0 || lo < 0 ? -1 : hi << 4 | lo;
}

void
folded_label(struct buf *b, const char *label, size_t len)
{
	const char *p = label, *end = label + len, *plain = label;
	unsigned char c;

	if (!len)
		buf_str(b, UNKNOWN);
	for (; p < end; p++) {
		c = (unsigned char)*p;
		if (c >= 0x20 && c != 0x7f && c != ';' && (c != '\\' || escape_at(p, end) < 0))
			continue;
		buf_add(b, plain, (size_t)(p - plain));
		buf_printf(b, "\\x%02x", c);
		plain = p + 1;
	}
	buf_add(b, plain, (size_t)(end - plain));
}

/*
 * Writing. Below one node the text has two kinds of entries for a child: the line of the stack that
 * ends there, `label COUNT`, and the lines of its descendants, which all begin with `label;`. No
 * label holds a `;`, so the latter stay together when these keys are sorted by their bytes.
 */
struct entry {
	size_t key, len; /* in walk.keys */
	uint32_t node;
	bool below; /* the descendants */
};

/* A node whose entries are being written. */
struct level {
	size_t first, next; /* of its entries; they end where the next level's begin */
	size_t keys, line;  /* lengths of the buffers without it */
};

struct walk {
	const struct stacks *s;
	struct entry *entries;
	struct level *levels;
	size_t n, cap, depth, depth_cap;
	struct buf keys, line;
};

static void
walk_entry(struct walk *w, uint32_t node, bool below)
{
	const struct stack_node *sn = &w->s->nodes[node];
	const struct str *label = &w->s->labels.str[sn->frame];
	size_t key = w->keys.len;

	folded_label(&w->keys, label->p, label->len);
	if (below)
		buf_char(&w->keys, ';');
	else
		buf_printf(&w->keys, " %llu", (unsigned long long)sn->self);
	w->entries = mem_room(w->entries, w->n, &w->cap, sizeof *w->entries);
	w->entries[w->n++] = (struct entry){key, w->keys.len - key, node, below};
}

static int
by_key(const void *pa, const void *pb, void *keys)
{
	const struct entry *a = pa, *b = pb;
	int c =
	    memcmp((char *)keys + a->key, (char *)keys + b->key, a->len < b->len ? a->len : b->len);

	return c ? c : (a->len > b->len) - (a->len < b->len);
}

static void
walk_down(struct walk *w, uint32_t node, size_t line)
{
	struct level l = {.first = w->n, .next = w->n, .keys = w->keys.len, .line = line};
	uint32_t c;

	for (c = w->s->nodes[node].child; c; c = w->s->nodes[c].sibling) {
		if (w->s->nodes[c].self)
			walk_entry(w, c, false);
		if (w->s->nodes[c].child)
			walk_entry(w, c, true);
	}
	if (w->n > l.first + 1)
		qsort_r(w->entries + l.first, w->n - l.first, sizeof *w->entries, by_key,
		        w->keys.p);
	w->levels = mem_room(w->levels, w->depth, &w->depth_cap, sizeof *w->levels);
	w->levels[w->depth++] = l;
}

static void
walk_up(struct walk *w)
{
	const struct level *l = &w->levels[--w->depth];

	w->n = l->first;
	w->keys.len = l->keys;
	w->line.len = l->line;
}

static void
walk_next(struct walk *w, FILE *f)
{
	struct level *l = &w->levels[w->depth - 1];
	size_t line = w->line.len;
	struct entry e;

	if (l->next == w->n) {
		walk_up(w);
		return;
	}
	e = w->entries[l->next++];
	if (e.below) {
		buf_add(&w->line, w->keys.p + e.key, e.len);
		walk_down(w, e.node, line);
		return;
	}
	if (line)
		fwrite(w->line.p, 1, line, f);
	fwrite(w->keys.p + e.key, 1, e.len, f);
	putc('\n', f);
}

int
folded_write(FILE *f, const struct stacks *s)
{
	struct walk w = {.s = s};

	if (s->nodes[0].self)
		fprintf(f, "%s %llu\n", UNKNOWN, (unsigned long long)s->nodes[0].self);
	walk_down(&w, 0, 0);
	while (w.depth && !ferror(f))
		walk_next(&w, f);
	free(w.entries);
	free(w.levels);
	buf_free(&w.keys);
	buf_free(&w.line);
	return ferror(f) ? err_sys("write") : 0;
}

/* Reading. */
struct reading {
	struct stacks *s;
	struct buf label;
	uint64_t sum; /* of every count in s: totals must fit 64 bits */
};

static uint32_t
read_label(struct reading *r, const char *p, const char *end)
{
	int c;

	if (p == end)
		return stacks_label(r->s, UNKNOWN, sizeof UNKNOWN - 1);
	if (!memchr(p, '\\', (size_t)(end - p)))
		return stacks_label(r->s, p, (size_t)(end - p));
	r->label.len = 0;
	while (p < end) {
		c = escape_at(p, end);
		buf_char(&r->label, c < 0 ? *p : (char)c);
		p += c < 0 ? 1 : 4;
	}
	return stacks_label(r->s, r->label.p, r->label.len);
}

static uint32_t
read_stack(struct reading *r, const char *p, const char *end)
{
	const char *semi;
	uint32_t node = 0;

	for (;; p = semi + 1) {
		semi = memchr(p, ';', (size_t)(end - p));
		node = stacks_child(r->s, node, read_label(r, p, semi ? semi : end));
		if (!semi)
			return node;
	}
}

/* Decimal digits, perhaps with a fraction, which is rounded to the nearest whole. */
static int
read_count(const char *p, const char *end, uint64_t *count)
{
	const char *start = p;
	bool up = false;

	for (*count = 0; p < end && isdigit((unsigned char)*p); p++) {
		if (__builtin_mul_overflow(*count, 10, count) ||
		    __builtin_add_overflow(*count, *p - '0', count))
			return err_set("the count is over 64 bits");
	}
	if (p == start)
		return err_set("no count after the last space");
	if (p < end && *p == '.') {
		p++;
		up = p < end && *p >= '5' && *p <= '9';
		while (p < end && isdigit((unsigned char)*p))
			p++;
	}
	if (p < end)
		return err_set("the last word is not a count");
	if (__builtin_add_overflow(*count, up, count))
		return err_set("the count is over 64 bits");
	return 0;
}

/* The line without its end. */
static int
read_line(struct reading *r, const char *p, size_t len)
{
	const char *end = p + len, *gap = end;
	uint64_t count;

	while (gap > p && gap[-1] != ' ' && gap[-1] != '\t')
		gap--;
	if (gap == p)
		return err_set("not of the form 'frame;frame COUNT'");
	if (read_count(gap, end, &count) < 0)
		return -1;
	if (len >= UINT32_MAX || r->s->n + len >= UINT32_MAX)
		return err_set("more than 2^32 bytes of line, or frames");
	if (__builtin_add_overflow(r->sum, count, &r->sum))
		return err_set("the sum of the counts is over 64 bits");
	if (count)
		stacks_add(r->s, read_stack(r, p, gap - 1), count);
	return 0;
}

static size_t
line_length(const char *line, size_t n)
{
	if (n && line[n - 1] == '\n')
		n--;
	if (n && line[n - 1] == '\r')
		n--;
	return n;
}

int
folded_read(FILE *f, const char *name, struct stacks *s)
{
	struct reading r = {.s = s};
	unsigned long number = 0;
	char *line = NULL;
	size_t i, len, cap = 0;
	ssize_t n;
	int bad = 0;

	for (i = 0; i < s->n; i++)
		r.sum += s->nodes[i].self;
	while (!bad && (errno = 0, n = getline(&line, &cap, f)) >= 0) {
		number++;
		len = line_length(line, (size_t)n);
		if (len && read_line(&r, line, len) < 0)
			bad = err_at("%s: line %lu", name, number);
	}
	if (!bad && !feof(f))
		bad = err_sys("%s: read", name);
	free(line);
	buf_free(&r.label);
	return bad;
}
