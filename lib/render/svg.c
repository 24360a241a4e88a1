#include "render/svg.h"
#include "render/boxes.h"
#include "render/caption.h"

#include <string.h>

static const char css[] = {
#include "render/flame.css.inc"
};
static const char js[] = {
#include "render/flame.js.inc"
};

/* Pixels. flame.js knows PAD, EDGE and SWATCH too. */
enum { STILL_WIDTH = 1200, PAD = 12, EDGE = 4, SWATCH = 16, KEY_GAP = 18, ROW = 18, FOOT = 34 };
enum { TITLE_Y = 29, SUMMARY_Y = 49, KEYS_Y = 70, TITLE_SIZE = 17, TEXT_SIZE = 12 };
enum { VARIANTS = 8 };

/* Colours: HSL, the hue in degrees and the rest in percent. Variants step from there. */
static const struct look {
	char class;
	const char *name;
	int hue, step, light_s, light_l, dark_s, dark_l;
} looks[KIND_KINDS] = {
    [KIND_APP] = {'a', "application", 22, 7, 92, 70, 62, 26},
    [KIND_SITE] = {'s', "site-packages", 202, 7, 72, 77, 45, 33},
    [KIND_STD] = {'l', "standard library", 146, 8, 40, 70, 36, 25},
    [KIND_NATIVE] = {'n', "native", 264, 8, 46, 82, 28, 38},
    [KIND_CONTEXT] = {'c', "process, thread, remark", 212, 6, 12, 84, 8, 28},
};

struct draw {
	FILE *f;
	const struct stacks *s;
	const struct svg_opts *o;
	struct boxes boxes;
	double width, inner; /* of the picture, and between its margins */
	double head, font;   /* height of the heading; font size in the boxes */
	bool seen[KIND_KINDS];
	struct buf text, xml;
};

static void
put(struct draw *d, const struct buf *b)
{
	fwrite(b->p, 1, b->len, d->f);
}

static void
put_xml(struct draw *d, const char *text, size_t len)
{
	d->xml.len = 0;
	caption_xml(&d->xml, text, len);
	put(d, &d->xml);
}

/* 1,234,567 */
static void
add_grouped(struct buf *b, uint64_t v)
{
	char digits[24];
	int i, n = snprintf(digits, sizeof digits, "%llu", (unsigned long long)v);

	for (i = 0; i < n; i++) {
		if (i && (n - i) % 3 == 0)
			buf_char(b, ',');
		buf_char(b, digits[i]);
	}
}

static bool
add_scaled(struct buf *b, uint64_t v, const char *const units[], double base)
{
	double x = (double)v;

	if (x < base)
		return false;
	for (units++, x /= base; x >= base && units[1]; x /= base)
		units++;
	buf_printf(b, "%.*f %s", x < 10 ? 3 : x < 100 ? 2 : 1, x, *units);
	return true;
}

/* "1,234 samples", "1.234 s", "1.234 MiB" */
static void
add_count(struct buf *b, uint64_t v, const char *unit)
{
	static const char *const times[] = {"ns", "\xc2\xb5s", "ms", "s", NULL};
	static const char *const sizes[] = {"bytes", "KiB", "MiB", "GiB", "TiB", NULL};
	size_t n = strlen(unit);

	if (!strcmp(unit, times[0]) && add_scaled(b, v, times, 1000))
		return;
	if (!strcmp(unit, sizes[0]) && add_scaled(b, v, sizes, 1024))
		return;
	add_grouped(b, v);
	buf_char(b, ' ');
	caption_text(b, unit, v == 1 && n > 2 && unit[n - 1] == 's' ? n - 1 : n);
}

static void
add_share(struct buf *b, uint64_t v, uint64_t whole)
{
	double share = 100. * (double)v / (double)whole;

	if (v && share < 0.01)
		buf_str(b, "<0.01%");
	else
		buf_printf(b, v == whole ? "%.0f%%" : "%.2f%%", share);
}

static void
write_colours(struct draw *d, bool dark)
{
	const struct look *l;
	int k, v;

	for (k = 0; k < KIND_KINDS; k++) {
		l = &looks[k];
		for (v = 0; d->seen[k] && v < VARIANTS; v++)
			fprintf(d->f, ".pysvg .%c%d{fill:hsl(%d,%d%%,%d%%)}\n", l->class, v,
			        l->hue + v % 4 * l->step, dark ? l->dark_s : l->light_s,
			        (dark ? l->dark_l : l->light_l) + v / 4 * 4);
	}
}

static void
write_style(struct draw *d)
{
	fputs("<style>\n", d->f);
	write_colours(d, false);
	fputs("@media (prefers-color-scheme:dark){\n", d->f);
	write_colours(d, true);
	fputs("}\n", d->f);
	fwrite(css, 1, sizeof css, d->f);
	fputs("</style>\n", d->f);
}

/* Text that is cut to `room` pixels; the whole of it for flame.js, which knows better what fits. */
static void
write_line(struct draw *d, const char *class, int y, int size, const char *text, size_t len)
{
	bool cut;
	/* A heading is bold: an eighth wider. */
	size_t n = caption_fit(text, len, d->inner / size / 1.125, &cut);

	fprintf(d->f, "<text class=\"%s\" x=\"%d\" y=\"%d\" data-t=\"", class, PAD, y);
	put_xml(d, text, len);
	fputs("\">", d->f);
	put_xml(d, text, n);
	fprintf(d->f, "%s</text>\n", cut ? "\xe2\x80\xa6" : "");
}

static void
write_title(struct draw *d)
{
	d->text.len = 0;
	caption_text(&d->text, d->o->title, strlen(d->o->title));
	write_line(d, "title", TITLE_Y, TITLE_SIZE, d->text.p, d->text.len);
}

static void
write_summary(struct draw *d)
{
	d->text.len = 0;
	add_count(&d->text, d->boxes.box[0].total, d->o->countname);
	buf_str(&d->text, "  \xc2\xb7  ");
	add_grouped(&d->text, d->s->labels.n);
	buf_str(&d->text, d->s->labels.n == 1 ? " distinct frame  \xc2\xb7  "
	                                      : " distinct frames  \xc2\xb7  ");
	add_grouped(&d->text, d->boxes.depth);
	buf_str(&d->text, d->boxes.depth == 1 ? " level" : " levels");
	write_line(d, "summary", SUMMARY_Y, TEXT_SIZE, d->text.p, d->text.len);
}

/* Lays the keys of the legend in rows; draws them unless only measuring. The number of rows. */
static int
legend(struct draw *d, bool measure)
{
	double x = 0, w;
	int k, row = 0;

	for (k = 0; k < KIND_KINDS; k++) {
		if (!d->seen[k])
			continue;
		w = SWATCH + TEXT_SIZE * caption_width(looks[k].name, strlen(looks[k].name));
		if (x > 0 && x + w > d->inner) {
			x = 0;
			row++;
		}
		if (!measure)
			fprintf(d->f,
			        "<g transform=\"translate(%.1f,%d)\"><rect class=\"%c1\" y=\"-9\" "
			        "width=\"11\" height=\"11\" rx=\"2.5\"/><text "
			        "x=\"%d\">%s</text></g>\n",
			        PAD + x, KEYS_Y + row * ROW, looks[k].class, SWATCH, looks[k].name);
		x += w + KEY_GAP;
	}
	return row + 1;
}

static void
write_head(struct draw *d)
{
	fprintf(d->f, "<g class=\"head\"><rect class=\"page\" width=\"100%%\" height=\"%g\"/>\n",
	        d->head - 4);
	write_title(d);
	write_summary(d);
	fputs("<g class=\"keys\">\n", d->f);
	legend(d, false);
	fputs("</g></g>\n", d->f);
}

static void
write_foot(struct draw *d, double y)
{
	fprintf(
	    d->f,
	    "<g class=\"foot\" transform=\"translate(0,%g)\"><rect class=\"page\" y=\"2\" "
	    "width=\"100%%\" height=\"%d\"/>\n<text class=\"details\" x=\"%d\" y=\"21\"></text>",
	    y, FOOT - 2, PAD);
	fprintf(d->f, "<text class=\"note\" text-anchor=\"end\" x=\"%g\" y=\"21\">",
	        d->width - PAD);
	if (d->boxes.omitted) {
		d->text.len = 0;
		add_grouped(&d->text, d->boxes.omitted);
		put(d, &d->text);
		fprintf(d->f, " %s narrower than %g px, counted but not drawn",
		        d->boxes.omitted == 1 ? "box" : "boxes", d->o->minwidth);
	}
	fputs("</text></g>\n", d->f);
}

/* The label as far as it fits, its place in a paler shade. */
static void
write_label(struct draw *d, double x, double y, double w, const char *text, size_t len)
{
	size_t n, place;
	bool cut;

	if (d->font < 5)
		return;
	n = caption_fit(text, len, (w - 2 * EDGE) / d->font, &cut);
	if (!n)
		return;
	place = caption_place(text, len);
	if (place > n)
		place = n;
	fprintf(d->f, "<text x=\"%.2f\" y=\"%.2f\">", x + EDGE,
	        y + (d->o->height - 1) / 2 + d->font * 0.36);
	put_xml(d, text, place);
	if (place < n) {
		fputs("<tspan>", d->f);
		put_xml(d, text + place, n - place);
	}
	fprintf(d->f, "%s%s</text>", cut ? "\xe2\x80\xa6" : "", place < n ? "</tspan>" : "");
}

/* "name\n1,234 samples, 12.34%, itself 0.12%" */
static void
write_hover(struct draw *d, const struct box *b, const char *text, size_t len)
{
	uint64_t whole = d->boxes.box[0].total, self = d->s->nodes[b->node].self;
	struct buf about = {0};

	fputs("<title>", d->f);
	put_xml(d, text, len);
	add_count(&about, b->total, d->o->countname);
	buf_str(&about, ", ");
	add_share(&about, b->total, whole);
	if (self && self < b->total) {
		buf_str(&about, ", itself ");
		add_share(&about, self, whole);
	}
	putc('\n', d->f);
	put_xml(d, about.p, about.len);
	fputs("</title>", d->f);
	buf_free(&about);
}

static void
write_box(struct draw *d, const struct box *b)
{
	const struct stack_node *node = &d->s->nodes[b->node];
	const struct str *label = &d->s->labels.str[node->frame];
	const struct look *l = &looks[KIND_CONTEXT];
	double scale = d->inner / (double)d->boxes.box[0].total;
	double x = (double)b->start * scale, w = (double)b->total * scale;
	double y = d->o->height * (d->o->inverted ? b->depth : d->boxes.depth - b->depth);
	unsigned variant = 0;

	d->text.len = 0;
	if (b->node) {
		caption_text(&d->text, label->p, label->len);
		l = &looks[caption_kind(label->p, label->len)];
		variant = caption_hash(label->p, label->len) % VARIANTS;
	} else {
		buf_str(&d->text, "all");
	}
	fprintf(d->f, "<g data-f=\"%llu %llu %llu %u\">", (unsigned long long)b->start,
	        (unsigned long long)b->total, (unsigned long long)node->self, b->depth);
	write_hover(d, b, d->text.p, d->text.len);
	fprintf(d->f, "<rect class=\"%c%u\" x=\"%.2f\" y=\"%g\" width=\"%.2f\" height=\"%g\"/>",
	        l->class, variant, x, y, w > 2 ? w - 0.5 : w, d->o->height - 1);
	write_label(d, x, y, w, d->text.p, d->text.len);
	fputs("</g>\n", d->f);
}

/* Which kinds of frames there are to explain. */
static void
look_around(struct draw *d)
{
	const struct str *label;
	size_t i;

	d->seen[KIND_CONTEXT] = true;
	for (i = 1; i < d->boxes.n; i++) {
		label = &d->s->labels.str[d->s->nodes[d->boxes.box[i].node].frame];
		d->seen[caption_kind(label->p, label->len)] = true;
	}
}

static void
write_document(struct draw *d)
{
	double frames = d->o->height * (d->boxes.depth + 1), height = d->head + frames + FOOT;
	size_t i;

	fprintf(d->f,
	        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"pysvg\" width=\"%g\" "
	        "height=\"%.10g\" viewBox=\"0 0 %g %.10g\" "
	        "preserveAspectRatio=\"xMinYMin\"%s%s>\n<title>",
	        d->width, height, d->width, height, d->o->width > 0 ? " data-fixed=\"\"" : "",
	        d->o->inverted ? " data-inverted=\"\"" : "");
	d->text.len = 0;
	caption_text(&d->text, d->o->title, strlen(d->o->title));
	put_xml(d, d->text.p, d->text.len);
	fputs("</title>\n", d->f);
	write_style(d);
	fputs("<rect class=\"page\" width=\"100%\" height=\"100%\"/>\n", d->f);
	fprintf(d->f, "<g class=\"frames\" font-size=\"%g\" transform=\"translate(%d,%g)\">\n",
	        d->font, PAD, d->head);
	for (i = 0; i < d->boxes.n && !ferror(d->f); i++)
		write_box(d, &d->boxes.box[i]);
	fputs("</g>\n", d->f);
	write_head(d);
	write_foot(d, d->head + frames);
	fputs("<script><![CDATA[\n", d->f);
	fwrite(js, 1, sizeof js, d->f);
	fputs("]]></script>\n</svg>\n", d->f);
}

int
svg_render(FILE *f, const struct stacks *s, const struct svg_opts *o)
{
	struct draw d = {.f = f, .s = s, .o = o};
	int r;

	d.width = o->width > 0 ? o->width : STILL_WIDTH;
	d.inner = d.width - 2 * PAD;
	d.font = o->height - 4 < TEXT_SIZE ? o->height - 4 : TEXT_SIZE;
	r = boxes_lay(&d.boxes, s, o->minwidth / d.inner);
	if (r == 0) {
		look_around(&d);
		d.head = KEYS_Y + 2 + legend(&d, true) * ROW;
		write_document(&d);
		r = ferror(f) ? err_sys("write") : 0;
	}
	boxes_free(&d.boxes);
	buf_free(&d.text);
	buf_free(&d.xml);
	return r;
}
