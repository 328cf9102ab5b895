/*
 * Albums by the address of the photo: a later export may bring an edited photo
 * in its year folder alone, and it belongs to the albums that the photo was in.
 */
#include "gp-list/takeout/cache.h"
#include "lib/json-member.h"
#include "lib/json.h"

#define BELONGS "takeout-photos.ndjson"

static bool
set(struct takeout *t, const char *url, const char *title, const char *export)
{
	sqlite3_stmt *s = takeout_sql(&t->db, SQL_BELONGS_SET);

	takeout_bind_text(s, 1, url);
	takeout_bind_text(s, 2, title);
	takeout_bind_text(s, 3, export);
	return takeout_run(&t->db, s) == 0 && sqlite3_changes(t->db.db) > 0;
}

void
takeout_belongs_begin(struct takeout *t)
{
	sqlite3_stmt *s = takeout_sql(&t->db, SQL_BELONGS_ANY);

	takeout_bind_text(s, 1, t->export->order);
	t->has_earlier = takeout_number(&t->db, s, 0) == 1;
}

void
takeout_belongs_note(struct takeout *t, const char *url, const char *title)
{
	if (*url != '\0' && set(t, url, title, t->export->order))
		t->learned = true;
}

static void
load(struct takeout *t, struct json_object *line)
{
	const char *url = json_text(line, "url");
	const char *title = json_text(line, "title");
	const char *export = json_text(line, "export");

	if (url != NULL && title != NULL && export != NULL)
		set(t, url, title, export);
}

static void
save(struct buf *b, sqlite3_stmt *row)
{
	buf_addc(b, '{');
	json_add_text(b, "url", takeout_text(row, 0));
	json_add_text(b, "title", takeout_text(row, 1));
	json_add_text(b, "export", takeout_text(row, 2));
	buf_addc(b, '}');
}

int
takeout_belongs_load(struct takeout *t)
{
	return cache_load(t, BELONGS, load);
}

int
takeout_belongs_save(struct takeout *t)
{
	return cache_save(t, BELONGS, SQL_BELONGS_ALL, save);
}
