#include "lib/archive/scratch-db.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/files/publish.h"
#include "lib/files/random-name.h"
#include "lib/mem.h"
#include "lib/program/msg.h"

/* Opens the file at PATH, which it makes: nobody else may read it. */
static int
open_path(const char *path, sqlite3 **db)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0) {
		msg(path, "%s", strerror(errno));
		return -1;
	}
	close(fd);
	if (sqlite3_open_v2(path, db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
		NULL) == SQLITE_OK &&
	    sqlite3_exec(*db,
		"PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=OFF;"
		"PRAGMA synchronous=OFF; PRAGMA cache_size=-8000;"
		"PRAGMA trusted_schema=OFF",
		NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	msg(path, "%s", *db != NULL ? sqlite3_errmsg(*db) : "out of memory");
	return -1;
}

/* Makes the file at PATH and takes its name away once SQLite holds it. A killed
 * one's is known by its lock, as what is published is. */
static int
open_nameless(const char *path, sqlite3 **db)
{
	struct publish p;
	int result;

	if (publish_begin_aside(&p, path) < 0) {
		msg(path, "%s", strerror(errno));
		return -1;
	}
	result = open_path(p.aside, db);
	/* the lock that SQLite holds of it is its file's, not its name's */
	publish_abandon(&p);
	return result;
}

int
scratch_db_open(const struct repo *a, const char *folder, sqlite3 **db)
{
	char digits[RANDOM_NAME_SIZE], *path;
	int dir, result;

	*db = NULL;
	if (random_name(digits) < 0)
		msg_die("no random numbers: %s", strerror(errno));
	dir = repo_folder(a, folder);
	if (dir < 0)
		return -1;
	publish_sweep(dir);
	close(dir);
	path = mem_printf("%s/.gp/%s/scratch-%s", a->path, folder, digits);
	result = open_nameless(path, db);
	free(path);
	return result;
}

int
scratch_db_fail(sqlite3 *db, const char *folder, bool *failed)
{
	if (!*failed)
		msg(NULL, "the scratch database in .gp/%s: %s", folder,
		    db != NULL ? sqlite3_errmsg(db) : "out of memory");
	*failed = true;
	return -1;
}
