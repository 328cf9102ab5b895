#include "lib/archive/index-file.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "lib/archive/index-fault.h"
#include "lib/archive/network-disk.h"
#include "lib/buf.h"
#include "lib/files/path.h"
#include "lib/mem.h"
#include "lib/program/msg.h"
#include "lib/program/suite.h"

#define URI_MAX ((size_t)3 * PATH_MAX + 64)

/* What is not there, SQLite makes, or tells of. */
static int
check_kind(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0 || S_ISREG(st.st_mode))
		return 0;
	msg(path, "is no regular file, so it is no index: move it away");
	return -1;
}

bool
index_file_is_read_only(const char *path)
{
	struct statvfs v;

	return statvfs(path, &v) == 0 && (v.f_flag & ST_RDONLY) != 0;
}

/* Whether SQLite left something at PATH TAIL that has to be brought in. */
static bool
has_rest(const char *path, const char *tail)
{
	char *name = mem_printf("%s%s", path, tail);
	struct stat st;
	bool found = stat(name, &st) == 0 && st.st_size > 0;

	free(name);
	return found;
}

/* PATH as a URI of SQLite's (sqlite.org/uri.html); the caller frees. */
static char *
frozen_uri(const char *path)
{
	struct buf uri;
	char *result;

	buf_init(&uri, URI_MAX);
	buf_adds(&uri, "file:");
	for (; *path != '\0'; path++) {
		if (strchr("%?#", *path) != NULL)
			buf_printf(&uri, "%%%02x", *path);
		else
			buf_addc(&uri, *path);
	}
	buf_adds(&uri, "?immutable=1");
	result = mem_strdup(uri.data);
	buf_release(&uri);
	return result;
}

static int
open_frozen(const char *given, sqlite3 **db)
{
	char *path = realpath(given, NULL), *uri;
	int result;

	if (path == NULL)
		return 1;
	if (has_rest(path, "-wal") || has_rest(path, "-journal")) {
		msg(given,
		    "a run that was interrupted left its last changes beside "
		    "the index, and they can't be brought in on a read-only "
		    "disk: mount the archive writable once and run `%s`",
		    suite.stats);
		free(path);
		return -1;
	}
	uri = frozen_uri(path);
	result = sqlite3_open_v2(uri, db,
		     SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX |
			 SQLITE_OPEN_URI,
		     NULL) != SQLITE_OK;
	free(uri);
	free(path);
	return result;
}

/* SQLite follows links: what counts is where the last one leads. */
int
index_file_check_place(const char *path)
{
	char *real = realpath(path, NULL);
	char *folder = path_folder(real != NULL ? real : path);
	bool network = network_disk_has(folder);

	if (network)
		msg(path,
		    "the index may not lie on a network file system, where "
		    "SQLite's locks can't be trusted: set GP_INDEX to a file "
		    "on a local disk");
	free(folder);
	free(real);
	return network ? -1 : 0;
}

int
index_file_open(const char *path, int flags, bool reading, sqlite3 **db)
{
	*db = NULL;
	if (check_kind(path) < 0)
		return -1;
	index_fault_watch(path);
	if (reading && index_file_is_read_only(path))
		return open_frozen(path, db);
	return sqlite3_open_v2(path, db, flags, NULL) != SQLITE_OK;
}

bool
index_file_lacks_room(sqlite3 *db)
{
	return sqlite3_errcode(db) == SQLITE_FULL ||
	    sqlite3_system_errno(db) == ENOSPC;
}
