#include "gp-list/takeout/folder.h"

#include <stdlib.h>
#include <string.h>

#include "gp-list/takeout/known.h"
#include "gp-list/takeout/year-folder.h"
#include "lib/files/path.h"
#include "lib/mem.h"
#include "lib/name.h"
#include "lib/num.h"

/* The first second of YEAR. */
static int64_t
begin_of(int year)
{
	char *text = mem_printf("%d-01-01T00:00:00Z", year);
	int64_t seconds = 0;

	num_parse_time(text, &seconds, NULL);
	free(text);
	return seconds;
}

/* How many items of FOLDER are dated, by WHICH, and how many of them are of
 * YEAR. A day is allowed at each end: Google's year is that of the place. */
static int64_t
count_dated(struct takeout *t, enum takeout_statement which, int64_t folder,
    int year, int64_t *within)
{
	sqlite3_stmt *s = takeout_sql(&t->db, which);
	int64_t dated;

	takeout_bind(s, 1, folder);
	takeout_bind(s, 2, begin_of(year) - NUM_DAY);
	takeout_bind(s, 3, begin_of(year + 1) + NUM_DAY);
	*within = 0;
	if (!takeout_row(&t->db, s))
		return 0;
	dated = sqlite3_column_int64(s, 0);
	*within = sqlite3_column_int64(s, 1);
	sqlite3_reset(s);
	return dated;
}

/* How likely FOLDER, named after SHAPE, is that of YEAR, or -1 where most of
 * its dated items are of other years. Google goes by the sidecar; where there
 * is none, by the photo. Where nothing is dated, a name of Google's own says
 * it, but less than one beside it whose photos are of its year. */
static int
weigh_year(struct takeout *t, int64_t folder, int year, const char *shape)
{
	int64_t dated, within;

	dated = count_dated(t, SQL_FOLDER_YEAR, folder, year, &within);
	if (dated == 0)
		dated = count_dated(t, SQL_FOLDER_EXIF, folder, year, &within);
	if (dated == 0)
		return year_folder_likelihood(shape) == 2 ? 1 : -1;
	return 2 * within > dated ? year_folder_likelihood(shape) : -1;
}

/* Notes folder PATH if it may be a year's: its own JSON gave OWN, or NULL. */
static void
note_year(struct takeout *t, int64_t folder, const char *path, const char *own)
{
	char *name = name_nfc(path_base(path)), *shape, *title;
	int year = year_folder_read(name, &shape), likelihood = -1;

	title = own == NULL && year != 0 ? takeout_known_title(t, name) : NULL;
	if (own == NULL && title == NULL && year != 0)
		likelihood = weigh_year(t, folder, year, shape);
	if (likelihood >= 0)
		year_folder_note(t, shape, year, likelihood);
	free(title);
	free(shape);
	free(name);
}

/* Whether folder NAME is called as this export's year folders are. */
static bool
is_year(const struct takeout *t, const char *name)
{
	char *shape;
	bool is;

	is = year_folder_read(name, &shape) != 0 && t->years != NULL &&
	    strcmp(shape, t->years) == 0;
	free(shape);
	return is;
}

/* Whether most sidecars of FOLDER say that they are in the trash (*TRASH) or
 * in Google's archive (*ARCHIVED, all of them). */
static void
ask_sidecars(struct takeout *t, int64_t folder, bool *trash, bool *archived)
{
	sqlite3_stmt *s = takeout_sql(&t->db, SQL_FOLDER_COUNTS);
	int64_t all;

	*trash = *archived = false;
	takeout_bind(s, 1, folder);
	if (!takeout_row(&t->db, s))
		return;
	all = sqlite3_column_int64(s, 0);
	*trash = 2 * sqlite3_column_int64(s, 1) > all;
	*archived = all > 0 && sqlite3_column_int64(s, 2) == all;
	sqlite3_reset(s);
}

/* Whether other folders lie in PATH: it is the root of the albums. */
static bool
is_root(struct takeout *t, const char *path)
{
	sqlite3_stmt *s = takeout_sql(&t->db, SQL_FOLDER_BELOW);

	if (*path == '\0')
		return true;
	takeout_bind_text(s, 1, path);
	return takeout_number(&t->db, s, 0) == 1;
}

/* What folder PATH is; its own JSON gave OWN, "" for an empty title, or NULL
 * without JSON. An album's title in *TITLE, which the caller frees. */
static enum takeout_folder
type_of_folder(struct takeout *t, int64_t folder, const char *path,
    const char *own, char **title)
{
	char *name = name_nfc(path_base(path));
	enum takeout_folder type = FOLDER_ALBUM;
	bool trash, archived;

	*title = NULL;
	ask_sidecars(t, folder, &trash, &archived);
	if (own != NULL) {
		*title = mem_strdup(*own != '\0' ? own : name);
		takeout_known_note_title(t, name, *title);
	} else if (!trash) {
		*title = takeout_known_title(t, name);
	}
	if (*title != NULL)
		type = FOLDER_ALBUM;
	else if (trash)
		type = FOLDER_TRASH;
	else if (is_year(t, name))
		type = FOLDER_YEAR;
	else if (archived || is_root(t, path))
		type = FOLDER_PLAIN;
	else
		*title = mem_strdup(name);
	free(name);
	return type;
}

/* The folder FOLDER: what it is goes into the database. */
static void
classify_folder(struct takeout *t, int64_t folder, const char *path,
    const char *own)
{
	enum takeout_folder type;
	char *title;
	sqlite3_stmt *s;

	type = type_of_folder(t, folder, path, own, &title);
	if (type == FOLDER_TRASH && takeout_mark_album(t, path_base(path)))
		t->trash_asked = true;
	s = takeout_sql(&t->db, SQL_FOLDER_CLASSIFY);
	takeout_bind(s, 1, folder);
	takeout_bind(s, 2, (int64_t)type);
	takeout_bind_text(s, 3, title);
	takeout_run(&t->db, s);
	if (t->l->opt->list_albums) {
		s = takeout_sql(&t->db, SQL_TALLY_ALBUM);
		takeout_bind(s, 1, folder);
		takeout_run(&t->db, s);
	}
	free(title);
}

bool
takeout_mark_album(struct takeout *t, const char *title)
{
	char *wanted, *has = name_fold(title);
	bool found = false;
	size_t i;

	for (i = 0; i < t->l->opt->albums; i++) {
		wanted = name_fold(t->l->opt->album[i]);
		if (strcmp(wanted, has) == 0)
			found = t->album_found[i] = true;
		free(wanted);
	}
	free(has);
	return found;
}

/* Calls EACH for every folder. */
static void
each_folder(struct takeout *t,
    void (*each)(struct takeout *, int64_t, const char *, const char *))
{
	sqlite3_stmt *s = takeout_sql(&t->db, SQL_FOLDERS);
	const char *own;

	while (takeout_row(&t->db, s)) {
		own = (const char *)sqlite3_column_text(s, 2);
		each(t, sqlite3_column_int64(s, 0), takeout_text(s, 1), own);
	}
}

void
takeout_classify_folders(struct takeout *t)
{
	each_folder(t, note_year);
	t->years = year_folder_shape(t);
	each_folder(t, classify_folder);
	free(t->years);
	t->years = NULL;
	if (t->has_trash && !t->trash_asked)
		takeout_run(&t->db, takeout_sql(&t->db, SQL_TRASH));
}
