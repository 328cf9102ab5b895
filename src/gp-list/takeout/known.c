#include "gp-list/takeout/known.h"

#include <stdlib.h>
#include <string.h>

#include "gp-list/takeout/cache.h"
#include "lib/mem.h"
#include "lib/name.h"
#include "lib/record/json-member.h"
#include "lib/record/json.h"

/* A table, and its file in the cache: lines of {KEY:...,"title":...,
 * "export":...}, and of photos "photo", its title. */
struct known {
	const char *file, *key;
	enum takeout_statement set, all;
};

static const struct known folders = { "takeout-albums.ndjson", "folder",
	SQL_KNOWN_SET, SQL_KNOWN_ALL };
static const struct known photos = { "takeout-photos.ndjson", "url",
	SQL_BELONGS_SET, SQL_BELONGS_ALL };

/* Whether the table has changed. */
static bool
set(struct takeout *t, const struct known *known, const char *key,
    const char *title, const char *export, const char *photo)
{
	sqlite3_stmt *s = takeout_sql(&t->db, known->set);

	takeout_bind_text(s, 1, key);
	takeout_bind_text(s, 2, title);
	takeout_bind_text(s, 3, export);
	if (known == &photos)
		takeout_bind_text(s, 4, photo != NULL ? photo : "");
	return takeout_run(&t->db, s) == 0 && sqlite3_changes(t->db.db) > 0;
}

static void
load(struct takeout *t, const void *arg, struct json_object *line)
{
	const struct known *known = arg;
	const char *key = json_text(line, known->key);
	const char *title = json_text(line, "title");
	const char *export = json_text(line, "export");

	if (key != NULL && title != NULL && export != NULL)
		set(t, known, key, title, export, json_text(line, "photo"));
}

static void
save(struct buf *b, const void *arg, sqlite3_stmt *row)
{
	const struct known *known = arg;

	buf_addc(b, '{');
	json_add_text(b, known->key, takeout_text(row, 0));
	json_add_text(b, "title", takeout_text(row, 1));
	json_add_text(b, "export", takeout_text(row, 2));
	if (*takeout_text(row, 3) != '\0')
		json_add_text(b, "photo", takeout_text(row, 3));
	buf_addc(b, '}');
}

int
takeout_known_load(struct takeout *t)
{
	if (cache_load(t, folders.file, load, &folders) < 0)
		return -1;
	return cache_load(t, photos.file, load, &photos);
}

int
takeout_known_save(struct takeout *t)
{
	if (cache_save(t, folders.file, folders.all, save, &folders) < 0)
		return -1;
	return cache_save(t, photos.file, photos.all, save, &photos);
}

char *
takeout_known_title(struct takeout *t, const char *name)
{
	sqlite3_stmt *s = takeout_sql(&t->db, SQL_KNOWN_GET);
	char *title = NULL;

	takeout_bind_text(s, 1, name);
	if (takeout_row(&t->db, s)) {
		title = mem_strdup(takeout_text(s, 0));
		sqlite3_reset(s);
	}
	return title;
}

bool
takeout_known_album(struct takeout *t, const char *title)
{
	sqlite3_stmt *s = takeout_sql(&t->db, SQL_KNOWN_ALL);
	char *wanted = name_fold(title), *has;
	bool found = false;

	while (!found && takeout_row(&t->db, s)) {
		has = name_fold(takeout_text(s, 1));
		found = strcmp(wanted, has) == 0;
		free(has);
	}
	sqlite3_reset(s);
	free(wanted);
	return found;
}

void
takeout_known_note_title(struct takeout *t, const char *name, const char *title)
{
	if (set(t, &folders, name, title, t->export->order, NULL))
		t->learned = true;
}

void
takeout_known_note_photo(struct takeout *t, const char *url, const char *photo,
    const char *title)
{
	if (*url != '\0' &&
	    set(t, &photos, url, title, t->export->order, photo))
		t->learned = true;
}

void
takeout_known_set_earlier(struct takeout *t)
{
	sqlite3_stmt *s = takeout_sql(&t->db, SQL_BELONGS_ANY);

	takeout_bind_text(s, 1, t->export->order);
	t->has_earlier = takeout_number(&t->db, s, 0) == 1;
}
