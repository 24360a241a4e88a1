/* Whatever folded_read() takes, writing it and reading that back gives the same text again, and it
 * can be drawn. */
#include "render/folded.h"
#include "render/svg.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
read_bytes(struct stacks *s, const void *p, size_t n)
{
	FILE *f = n ? fmemopen((void *)p, n, "r") : NULL;

	stacks_init(s);
	if (!f)
		return;
	folded_read(f, "fuzz", s);
	fclose(f);
}

static char *
text_of(const struct stacks *s, size_t *len)
{
	char *text = NULL;
	FILE *f = open_memstream(&text, len);

	if (folded_write(f, s) < 0)
		abort();
	fclose(f);
	return text;
}

static void
draw(const struct stacks *s)
{
	const struct svg_opts o = SVG_DEFAULTS;
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	if (svg_render(f, s, &o) < 0 && s->n > 1)
		abort();
	fclose(f);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stacks s;
	char *once, *again;
	size_t once_len, again_len;

	read_bytes(&s, data, size);
	draw(&s);
	once = text_of(&s, &once_len);
	stacks_free(&s);
	read_bytes(&s, once, once_len);
	again = text_of(&s, &again_len);
	stacks_free(&s);
	if (once_len != again_len || memcmp(once, again, once_len))
		abort();
	free(once);
	free(again);
	return 0;
}
