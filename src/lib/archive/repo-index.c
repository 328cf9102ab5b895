#include "lib/archive/repo-index.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/archive/index-file.h"
#include "lib/archive/litter.h"
#include "lib/files/file.h"
#include "lib/mem.h"
#include "lib/program/msg.h"
#include "lib/program/suite.h"

/* how long one waits for who writes the index, ms */
#define BUSY_MS 120000

bool
repo_index_is_named(void)
{
	const char *path = getenv("GP_INDEX");

	return path != NULL && *path != '\0';
}

char *
repo_index_path(const struct repo *a)
{
	if (repo_index_is_named())
		return mem_strdup(getenv("GP_INDEX"));
	return mem_printf("%s/.gp/index.db", a->path);
}

static bool
is_stored(const char *name)
{
	return strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
	    strcmp(name, ".gp") != 0 && !litter_is(name);
}

int
repo_is_empty(const struct repo *a, char **name)
{
	const struct dirent *e = NULL;
	DIR *dir = NULL;
	int fd, result;

	fd = openat(a->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		dir = fdopendir(fd);
	if (dir == NULL) {
		msg(a->path, "%s", strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	do {
		errno = 0;
		e = readdir(dir);
	} while (e != NULL && !is_stored(e->d_name));
	result = e != NULL ? 0 : errno == 0 ? 1 : -1;
	if (result < 0)
		msg(a->path, "%s", strerror(errno));
	if (name != NULL)
		*name = e != NULL ? mem_strdup(e->d_name) : NULL;
	closedir(dir);
	return result;
}

/* Says that A has something stored (NAME), but no index at PATH, and what to
 * do; -1. */
static int
say_missing(const struct repo *a, const char *path, const char *name)
{
	msg(path,
	    "there is no index, but %s has something stored (%s): put a backup "
	    "of it back with `%s`, or say where it is with GP_INDEX, or make "
	    "one with `%s`",
	    a->path, name, suite.restore, suite.rebuild);
	return -1;
}

/* The same where nothing is stored. */
static int
say_none(const struct repo *a, const char *path)
{
	if (*a->id == '\0')
		return repo_refuse(a);
	msg(NULL, "no index at %s; is GP_INDEX set as it was? `%s` makes one",
	    path, suite.init);
	return -1;
}

int
repo_index_mismatch(const struct repo *a, const char *path)
{
	msg(path,
	    "this is the index of another archive than %s: are -C and "
	    "GP_INDEX right? If they are, move it away",
	    a->path);
	return -1;
}

int
repo_index_complain(const char *path, sqlite3 *db)
{
	if (db != NULL && index_file_lacks_room(db))
		msg(path,
		    "no space left for the index: make room, then run it "
		    "again");
	else
		msg(path, "cannot read the index: %s; see `%s`",
		    db != NULL ? sqlite3_errmsg(db) : "out of memory",
		    suite.check);
	return -1;
}

int
repo_index_read(const char *path, sqlite3 **db)
{
	int result;

	result = index_file_open(path,
	    SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, true, db);
	if (result == 0 && sqlite3_busy_timeout(*db, BUSY_MS) != SQLITE_OK)
		result = 1;
	if (result > 0)
		result = repo_index_complain(path, *db);
	if (result < 0) {
		sqlite3_close(*db);
		*db = NULL;
	}
	return result;
}

int
repo_index_read_id(sqlite3 *db, char id[static REPO_ID_SIZE])
{
	const char *text;
	sqlite3_stmt *s;
	int step;

	*id = '\0';
	/* an earlier index has no such table */
	if (sqlite3_table_column_metadata(db, NULL, "archive", "id", NULL, NULL,
		NULL, NULL, NULL) == SQLITE_ERROR)
		return 0;
	if (sqlite3_prepare_v2(db, "SELECT id FROM archive", -1, &s, NULL) !=
	    SQLITE_OK)
		return -1;
	step = sqlite3_step(s);
	if (step == SQLITE_ROW) {
		text = (const char *)sqlite3_column_text(s, 0);
		if (text != NULL && strlen(text) == REPO_ID_SIZE - 1)
			memcpy(id, text, REPO_ID_SIZE);
	}
	sqlite3_finalize(s);
	return step == SQLITE_ROW || step == SQLITE_DONE ? 0 : -1;
}

int
repo_index_read_kind(sqlite3 *db, enum repo_index_kind *kind)
{
	/* of the first version on */
	static const char sql[] =
	    "SELECT count(*), ifnull(sum(type = 'table' AND name IN "
	    "('file', 'item', 'arriving')), 0) FROM sqlite_schema";
	sqlite3_stmt *s;
	bool found;

	if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK)
		return -1;
	found = sqlite3_step(s) == SQLITE_ROW;
	if (found)
		*kind = sqlite3_column_int(s, 0) == 0 ? REPO_INDEX_EMPTY
		    : sqlite3_column_int(s, 1) == 3   ? REPO_INDEX_OURS
						      : REPO_INDEX_OTHER;
	sqlite3_finalize(s);
	return found ? 0 : -1;
}

int
repo_index_other(const char *path)
{
	msg(path,
	    "this is another program's database: set GP_INDEX right, or move "
	    "it away");
	return -1;
}

/* The id in the index at PATH, "" where it has none, and what it is. 0, or -1
 * with the reason said. */
static int
read_kind(const char *path, char id[static REPO_ID_SIZE],
    enum repo_index_kind *kind)
{
	sqlite3 *db;
	int result;

	if (repo_index_read(path, &db) < 0)
		return -1;
	result = repo_index_read_id(db, id);
	if (result == 0)
		result = repo_index_read_kind(db, kind);
	if (result < 0)
		repo_index_complain(path, db);
	sqlite3_close(db);
	return result;
}

int
repo_index_id(const char *path, char id[static REPO_ID_SIZE])
{
	enum repo_index_kind kind;

	return read_kind(path, id, &kind);
}

bool
repo_index_is_inside(const struct repo *a, const char *path)
{
	struct stat inside, st;

	return fstatat(a->gp, "index.db", &inside, AT_SYMLINK_NOFOLLOW) == 0 &&
	    stat(path, &st) == 0 && file_is_same(&inside, &st);
}

/* So it is for a moment, where who writes gives an earlier gp's archive its id:
 * the folder has it first. */
static int
say_unpaired(const struct repo *a, const char *path)
{
	msg(path,
	    "this index has no id yet, and %s has one: if it is its index, run "
	    "`%s` once",
	    a->path, suite.init);
	return -1;
}

/* A has lost its id, or never had one: whoever writes the index can tell. */
static int
say_nameless(const struct repo *a, const char *path)
{
	msg(path,
	    "%s has no id (.gp/archive): if this is its index, `%s` gives "
	    "it back",
	    a->path, suite.init);
	return -1;
}

/* Whether A has got ID since it was opened. */
static bool
was_named_since(const struct repo *a, const char *id)
{
	struct repo now;
	bool same;

	if (repo_find(&now, a->path) < 0)
		return false;
	same = strcmp(now.id, id) == 0;
	repo_close(&now);
	return same;
}

int
repo_index_check_empty(const struct repo *a, const char *path)
{
	char *name = NULL;
	int result = 0;

	if (repo_is_empty(a, &name) != 1)
		result = name != NULL ? say_missing(a, path, name) : -1;
	free(name);
	return result;
}

/* One of the two may have no id yet, of those that lie together. */
static int
check_index(const struct repo *a, const char *path)
{
	char id[REPO_ID_SIZE];
	enum repo_index_kind kind;

	if (index_file_check_place(path) < 0 || read_kind(path, id, &kind) < 0)
		return -1;
	if (kind == REPO_INDEX_EMPTY && repo_index_check_empty(a, path) < 0)
		return -1;
	if (kind == REPO_INDEX_OTHER)
		return repo_index_other(path);
	if (strcmp(id, a->id) == 0)
		return 0;
	if ((*id == '\0' || *a->id == '\0') && repo_index_is_inside(a, path))
		return 0;
	if (*id == '\0')
		return say_unpaired(a, path);
	if (*a->id == '\0')
		return was_named_since(a, id) ? 0 : say_nameless(a, path);
	return repo_index_mismatch(a, path);
}

bool
repo_index_is_astray(const char *path)
{
	struct stat st;

	if (lstat(path, &st) < 0 || !S_ISLNK(st.st_mode) ||
	    euidaccess(path, F_OK) == 0)
		return false;
	if (errno == ENOENT)
		msg(path, "a link to what is not there: is its disk mounted?");
	else
		msg(path, "the link can't be followed: %s", strerror(errno));
	return true;
}

bool
repo_index_is_second(const struct repo *a, const char *path)
{
	if (!repo_index_is_named() || a->gp < 0 ||
	    faccessat(a->gp, "index.db", F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	msg(path,
	    "is not there (is its disk mounted?), but %s has an index in .gp: "
	    "if that is the right one, unset GP_INDEX, or move it to where "
	    "GP_INDEX says",
	    a->path);
	return true;
}

int
repo_index_refuse(const struct repo *a, const char *path, int error)
{
	char *name = NULL;

	if (error != ENOENT)
		msg(path, "the index can't be reached: %s", strerror(error));
	else if (repo_index_is_astray(path) || repo_index_is_second(a, path))
		return -1;
	else if (repo_is_empty(a, &name) == 1)
		say_none(a, path);
	else if (name != NULL)
		say_missing(a, path, name);
	free(name);
	return -1;
}

int
repo_check(const struct repo *a)
{
	char *path = repo_index_path(a);
	int result = 0;

	if (a->gp < 0)
		result = repo_refuse(a);
	else if (euidaccess(path, F_OK) == 0)
		result = check_index(a, path);
	else
		result = repo_index_refuse(a, path, errno);
	free(path);
	return result;
}
