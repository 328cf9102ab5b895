#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "gp-list/takeout.h"
#include "lib/file.h"
#include "lib/json.h"
#include "lib/msg.h"

/*
 * Albums by the names of their folders, one JSON object a line: a later export
 * may bring an album's new photos without the file that has its title, when
 * the earlier export is long deleted.
 */
#define KNOWN "takeout-albums.ndjson"
#define KNOWN_MAX ((size_t)16 * 1024 * 1024)

static void
load_line(struct takeout *t, const char *line, size_t n)
{
	struct json_object *tree = json_parse(line, n);
	const char *name = json_text(tree, "folder");
	const char *title = json_text(tree, "title");
	const char *export = json_text(tree, "export");
	sqlite3_stmt *s;

	if (name != NULL && title != NULL && export != NULL) {
		s = takeout_sql(&t->db, SQL_KNOWN_SET);
		takeout_bind_text(s, 1, name);
		takeout_bind_text(s, 2, title);
		takeout_bind_text(s, 3, export);
		takeout_run(&t->db, s);
	}
	json_object_put(tree);
}

/* The folder of listings; -1 with the reason said. */
static int
open_listings(struct takeout *t)
{
	const struct archive *a = lister_archive(t->l);

	return a != NULL ? archive_folder(a, "listings") : -1;
}

int
takeout_known_load(struct takeout *t)
{
	int folder = open_listings(t), result;
	struct buf text;
	const char *at, *end;

	if (folder < 0)
		return -1;
	buf_init(&text, KNOWN_MAX);
	result = file_load(folder, KNOWN, &text);
	if (result < 0 && errno != ENOENT) {
		msg(".gp/listings/" KNOWN, "%s", strerror(errno));
	} else if (text.len > 0) {
		result = 0;
		for (at = text.data; (end = strchr(at, '\n')) != NULL;
		     at = end + 1)
			load_line(t, at, (size_t)(end - at));
	} else {
		result = 0;
	}
	buf_release(&text);
	close(folder);
	return result;
}

static void
add_member(struct buf *text, const char *before, const char *value)
{
	buf_adds(text, before);
	buf_add_json(text, value, strlen(value));
}

int
takeout_known_save(struct takeout *t)
{
	sqlite3_stmt *s = takeout_sql(&t->db, SQL_KNOWN_ALL);
	int folder = open_listings(t), result;
	struct buf text;

	if (folder < 0)
		return -1;
	buf_init(&text, KNOWN_MAX);
	while (takeout_row(&t->db, s)) {
		add_member(&text, "{\"folder\":", takeout_text(s, 0));
		add_member(&text, ",\"title\":", takeout_text(s, 1));
		add_member(&text, ",\"export\":", takeout_text(s, 2));
		buf_adds(&text, "}\n");
	}
	result = t->db.failed || text.overflowed ? -1 : 0;
	if (result == 0 && text.len > 0)
		result = file_replace(folder, KNOWN, text.data, text.len, 0600);
	if (result < 0)
		msg(".gp/listings/" KNOWN, "the titles of albums could not be "
		    "kept for later exports: %s",
		    text.overflowed ? "too many" : strerror(errno));
	buf_release(&text);
	close(folder);
	return result;
}
