/*
 * Albums by the names of their folders: a later export may bring an album's new
 * photos without the file that has its title, when the earlier export is long
 * deleted.
 */
#include "gp-list/takeout/cache.h"
#include "lib/json-member.h"
#include "lib/json.h"

#define KNOWN "takeout-albums.ndjson"

static void
load(struct takeout *t, struct json_object *line)
{
	const char *name = json_text(line, "folder");
	const char *title = json_text(line, "title");
	const char *export = json_text(line, "export");
	sqlite3_stmt *s;

	if (name == NULL || title == NULL || export == NULL)
		return;
	s = takeout_sql(&t->db, SQL_KNOWN_SET);
	takeout_bind_text(s, 1, name);
	takeout_bind_text(s, 2, title);
	takeout_bind_text(s, 3, export);
	takeout_run(&t->db, s);
}

static void
save(struct buf *b, sqlite3_stmt *row)
{
	buf_addc(b, '{');
	json_add_text(b, "folder", takeout_text(row, 0));
	json_add_text(b, "title", takeout_text(row, 1));
	json_add_text(b, "export", takeout_text(row, 2));
	buf_addc(b, '}');
}

int
takeout_known_load(struct takeout *t)
{
	return cache_load(t, KNOWN, load);
}

int
takeout_known_save(struct takeout *t)
{
	return cache_save(t, KNOWN, SQL_KNOWN_ALL, save);
}
