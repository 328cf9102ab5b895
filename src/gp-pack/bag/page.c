/*
 * index.html: the photos for any browser, from the disc itself, without a
 * network. It is whole without JavaScript; a few lines of it show one album
 * alone. The policy on top forbids all that is not of the disc.
 */
#include "gp-pack/bag/page.h"

#include <string.h>

#include "gp-pack/bag/html.h"
#include "gp-pack/bag/text-file.h"
#include "gp-pack/media-type.h"
#include "lib/num.h"

#define INDEX_HTML "index.html"

struct page {
	struct bag *bag;
	FILE *f;
	sqlite3_stmt *files, *titles;
	char month[8]; /* of the section that is open, "" for none */
	bool open;
};

static const char head[] =
    "<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
    "'none'; img-src 'self' file:; media-src 'self' file:; style-src "
    "'unsafe-inline'; script-src 'unsafe-inline'\">\n"
    "<style>\n"
    ":root{color-scheme:light dark}\n"
    "body{font:16px/1.4 system-ui,sans-serif;margin:0 auto;padding:1em;"
    "max-width:90em}\n"
    "nav a{display:inline-block;margin:0 .8em .2em 0}\n"
    ".grid{display:grid;gap:1em;"
    "grid-template-columns:repeat(auto-fill,minmax(14em,1fr))}\n"
    "section{content-visibility:auto;contain-intrinsic-size:auto 60em}\n"
    "figure{margin:0;min-width:0}\n"
    "figure>a:first-child{display:block}\n"
    "img,video,.file{display:block;width:100%;height:12em;"
    "object-fit:contain;background:#8883}\n"
    ".file{line-height:12em;text-align:center}\n"
    "figcaption{font-size:.85em;overflow-wrap:anywhere}\n"
    "figcaption p{margin:0}\n"
    ".album{color:#777}\n"
    "figure:target{outline:3px solid #48f;outline-offset:3px}\n"
    "details p{overflow-wrap:anywhere}\n"
    "[hidden]{display:none!important}\n"
    "</style>\n";

/* An album's button hides all that its list does not name. */
static const char script[] =
    "<script>\n"
    "const all=document.querySelectorAll('figure'),"
    "months=document.querySelectorAll('section');\n"
    "function show(ids){\n"
    "all.forEach(f=>f.hidden=ids!==null&&!ids.has(f.id));\n"
    "months.forEach(s=>s.hidden=!s.querySelector('figure:not([hidden])'));\n"
    "document.getElementById('every').hidden=ids===null}\n"
    "document.querySelectorAll('details').forEach(d=>{\n"
    "const b=document.createElement('button');\n"
    "b.textContent='Show only these';\n"
    "b.onclick=()=>{show(new Set([...d.querySelectorAll('a')]"
    ".map(a=>a.getAttribute('href').slice(1))));"
    "months[0].scrollIntoView()};\n"
    "d.append(b)});\n"
    "const e=document.getElementById('every');\n"
    "e.onclick=()=>show(null);\n"
    "</script>\n";

static const char *
text(sqlite3_stmt *q, int i)
{
	return (const char *)sqlite3_column_text(q, i);
}

/* "May 2024" for "2024-05". */
static void
write_month(FILE *f, const char *month)
{
	static const char *const names[] = { "January", "February", "March",
		"April", "May", "June", "July", "August", "September",
		"October", "November", "December" };
	int64_t n;

	if (strlen(month) == 7 && num_parse(month + 5, 1, 12, &n) == 0)
		fprintf(f, "%s %.4s", names[n - 1], month);
	else
		fputs("Without a date", f);
}

/* --- the top -------------------------------------------------------------- */

static int
write_summary(struct page *p)
{
	struct bag *bag = p->bag;
	char size[32];
	sqlite3_stmt *q;
	int result;

	q = record_store_prepare(bag->records,
	    "SELECT min(time), max(time) FROM shown "
	    "WHERE time != ''");
	result = record_store_step(bag->records, q);
	fprintf(p->f, "<h1>%s</h1>\n<p>%lld photos and videos, %s", bag->label,
	    (long long)bag->files,
	    num_format_size(size, sizeof(size), bag->bytes));
	if (result > 0 && text(q, 0) != NULL)
		fprintf(p->f, ", from %.10s to %.10s", text(q, 0), text(q, 1));
	fprintf(p->f,
	    ". Disc %lld of the series %s. "
	    "<a href=\"README.txt\">README.txt</a> tells how to check and "
	    "repair it.</p>\n",
	    (long long)bag->number, bag->opt->label);
	sqlite3_finalize(q);
	return result < 0 ? -1 : 0;
}

static int
write_months(struct page *p)
{
	sqlite3_stmt *q;
	const char *month;
	int result;

	fputs("<nav>\n<h2>Months</h2>\n", p->f);
	q = record_store_prepare(p->bag->records,
	    "SELECT substr(time, 1, 7) AS month, count(*) FROM shown "
	    "GROUP BY month ORDER BY month = '', month");
	for (;;) {
		result = record_store_step(p->bag->records, q);
		if (result <= 0)
			break;
		month = text(q, 0);
		fprintf(p->f, "<a href=\"#m%s\">", month);
		write_month(p->f, month);
		fprintf(p->f, " (%lld)</a>\n",
		    (long long)sqlite3_column_int64(q, 1));
	}
	fputs("</nav>\n", p->f);
	sqlite3_finalize(q);
	return result;
}

/* Row of title, number of files, seq, name; a title's rows come together. */
static int
write_albums(struct page *p)
{
	sqlite3_stmt *q;
	int64_t left = 0;
	int result, n = 0;

	q = record_store_prepare(p->bag->records,
	    "SELECT title, count(*) OVER (PARTITION BY title, id), seq, name "
	    "FROM in_album JOIN shown USING (seq) ORDER BY title, id, seq");
	for (;;) {
		result = record_store_step(p->bag->records, q);
		if (result <= 0)
			break;
		if (left == 0) {
			left = sqlite3_column_int64(q, 1);
			fputs(n++ == 0 ? "<h2>Albums</h2>\n" : "", p->f);
			fputs("<details><summary>", p->f);
			html_text(p->f, text(q, 0));
			fprintf(p->f, " (%lld)</summary>\n<p>",
			    (long long)left);
		}
		fprintf(p->f, "<a href=\"#p%lld\">",
		    (long long)(sqlite3_column_int64(q, 2) - p->bag->first +
			1));
		html_text(p->f, text(q, 3));
		fputs("</a>\n", p->f);
		if (--left == 0)
			fputs("</p></details>\n", p->f);
	}
	sqlite3_finalize(q);
	fputs("<p><button id=\"every\" hidden>Show all photos</button></p>\n",
	    p->f);
	return result;
}

/* --- the photos ----------------------------------------------------------- */

/* The picture of the file in hand, a link to the whole of it. */
static void
write_picture(struct page *p, int64_t n)
{
	const char *path = text(p->files, 1), *name = text(p->files, 3);
	enum media_type type = (enum media_type)sqlite3_column_int(p->files, 4);
	bool thumb = sqlite3_column_int(p->files, 5) != 0;
	FILE *f = p->f;

	if (type == MEDIA_VIDEO) {
		fputs("<video controls preload=\"none\" src=\"", f);
		html_url(f, path);
		fputs("\"></video>\n", f);
		return;
	}
	fputs("<a href=\"", f);
	html_url(f, path);
	if (!thumb && (type != MEDIA_IMAGE || !media_is_browsable(path))) {
		fputs("\"><span class=\"file\">", f);
		html_text(f, name);
		fputs("</span></a>\n", f);
		return;
	}
	fputs("\"><img loading=\"lazy\" decoding=\"async\" src=\"", f);
	if (thumb)
		fprintf(f, "thumbs/%06lld.jpg", (long long)n);
	else
		html_url(f, path);
	fputs("\" alt=\"", f);
	html_text(f, name);
	fputs("\"></a>\n", f);
}

/* Under the picture: name, time, what was written, albums. */
static int
write_caption(struct page *p)
{
	const char *time = text(p->files, 2), *caption = text(p->files, 6);
	FILE *f = p->f;
	int result, n = 0;

	fputs("<figcaption><p><a href=\"", f);
	html_url(f, text(p->files, 1));
	fputs("\">", f);
	html_text(f, text(p->files, 3));
	fputs("</a>", f);
	if (*time != '\0')
		fprintf(f, " %.10s %.5s", time, time + 11);
	fputs("</p>", f);
	if (caption != NULL) {
		fputs("<p>", f);
		html_text(f, caption);
		fputs("</p>", f);
	}
	sqlite3_bind_int64(p->titles, 1, sqlite3_column_int64(p->files, 0));
	for (;;) {
		result = record_store_step(p->bag->records, p->titles);
		if (result <= 0)
			break;
		fputs(n++ == 0 ? "<p class=\"album\">" : ", ", f);
		html_text(f, text(p->titles, 0));
	}
	sqlite3_reset(p->titles);
	fputs(n > 0 ? "</p>" : "", f);
	fputs("</figcaption>", f);
	return result;
}

static void
end_section(struct page *p)
{
	if (p->open)
		fputs("</div></section>\n", p->f);
	p->open = false;
}

static int
write_photo(struct page *p)
{
	int64_t n = sqlite3_column_int64(p->files, 0) - p->bag->first + 1;
	const char *time = text(p->files, 2);

	if (!p->open || strncmp(p->month, time, 7) != 0) {
		end_section(p);
		snprintf(p->month, sizeof(p->month), "%.7s", time);
		fprintf(p->f, "<section id=\"m%s\"><h2>", p->month);
		write_month(p->f, p->month);
		fputs("</h2><div class=\"grid\">\n", p->f);
		p->open = true;
	}
	fprintf(p->f, "<figure id=\"p%lld\">", (long long)n);
	write_picture(p, n);
	if (write_caption(p) < 0)
		return -1;
	fputs("</figure>\n", p->f);
	return 0;
}

static int
write_photos(struct page *p)
{
	struct record_store *s = p->bag->records;
	int result;

	p->files = record_store_prepare(s,
	    "SELECT seq, path, time, name, type, thumb,"
	    " caption FROM shown ORDER BY seq");
	p->titles = record_store_prepare(s,
	    "SELECT DISTINCT title FROM in_album WHERE seq = ?1 "
	    "ORDER BY title");
	for (;;) {
		result = record_store_step(s, p->files);
		if (result <= 0)
			break;
		if (write_photo(p) < 0)
			break;
	}
	end_section(p);
	sqlite3_finalize(p->files);
	sqlite3_finalize(p->titles);
	return result == 0 ? 0 : -1;
}

int
bag_write_page(struct bag *bag)
{
	struct page p = { .bag = bag };
	int result = -1;

	p.f = text_file_create(bag->fd, INDEX_HTML);
	if (p.f == NULL)
		return -1;
	fprintf(p.f,
	    "<!DOCTYPE html>\n<html lang=\"en\">\n<title>%s</title>\n%s",
	    bag->label, head);
	if (write_summary(&p) == 0 && write_months(&p) == 0 &&
	    write_albums(&p) == 0 && write_photos(&p) == 0)
		result = 0;
	fputs(script, p.f);
	return text_file_close(p.f, INDEX_HTML) < 0 ? -1 : result;
}
