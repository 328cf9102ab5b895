/* albums.txt: what belongs together, for a person with a text editor. */
#include "gp-pack/bag/albums-txt.h"

#include <string.h>

#include "gp-pack/bag/text-file.h"

#define ALBUMS_TXT "albums.txt"

/* A line of text: what would break it becomes a blank. */
static void
write_line(FILE *f, const char *text)
{
	for (; *text != '\0'; text++)
		putc((unsigned char)*text < ' ' || *text == 0x7f ? ' ' : *text,
		    f);
}

static void
write_file(FILE *f, sqlite3_stmt *q)
{
	const char *time = (const char *)sqlite3_column_text(q, 1);
	const char *path = (const char *)sqlite3_column_text(q, 2);
	const char *caption = (const char *)sqlite3_column_text(q, 3);

	fprintf(f, "  %-20s  ", *time != '\0' ? time : "(no date)");
	write_line(f, path);
	if (caption != NULL) {
		fputs("  ", f);
		write_line(f, caption);
	}
	fputs("\n", f);
}

/* Rows of album's title, time, path, caption, by album. */
static int
write_albums(struct record_store *s, FILE *f)
{
	sqlite3_stmt *q;
	char last[1024] = "";
	const char *title;
	int result, n = 0;

	q = record_store_prepare(s,
	    "SELECT * FROM (SELECT title, time, path, caption FROM in_album "
	    "JOIN shown USING (seq) UNION ALL "
	    "SELECT NULL, time, path, caption FROM shown "
	    "WHERE seq NOT IN (SELECT seq FROM in_album)) "
	    "ORDER BY title IS NULL, title, time, path");
	for (;;) {
		result = record_store_step(s, q);
		if (result <= 0)
			break;
		title = (const char *)sqlite3_column_text(q, 0);
		if (title == NULL)
			title = "(in no album)";
		if (n++ == 0 || strncmp(last, title, sizeof(last) - 1) != 0) {
			fputs("\n", f);
			write_line(f, title);
			fputs("\n", f);
			snprintf(last, sizeof(last), "%s", title);
		}
		write_file(f, q);
	}
	sqlite3_finalize(q);
	return result;
}

int
bag_write_albums(struct bag *bag)
{
	int result;
	FILE *f;

	f = text_file_create(bag->fd, ALBUMS_TXT);
	if (f == NULL)
		return -1;
	fprintf(f,
	    "The albums of disc %s: when each photo was taken (UTC), "
	    "where it is on this\ndisc, and what was written about it.\n",
	    bag->label);
	result = write_albums(bag->records, f);
	return text_file_close(f, ALBUMS_TXT) < 0 ? -1 : result;
}
