#include "gp-index/db/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gp-index/db/integrity.h"
#include "lib/mem.h"
#include "lib/program/msg.h"

#define FILES "SELECT count(*) FROM file"

/* Copies all pages. The source's read transaction is open, so that they are of
 * one moment and writers don't make it start over. */
static int
copy_pages(struct index *from, struct index *to)
{
	sqlite3_backup *b;
	int code;

	b = sqlite3_backup_init(to->db, "main", from->db, "main");
	if (b == NULL) {
		msg(to->path, "%s", sqlite3_errmsg(to->db));
		return -1;
	}
	do {
		code = sqlite3_backup_step(b, 1024);
		if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
			sqlite3_sleep(20);
	} while (
	    code == SQLITE_OK || code == SQLITE_BUSY || code == SQLITE_LOCKED);
	code = sqlite3_backup_finish(b);
	if (code != SQLITE_OK)
		msg(to->path, "copying the index: %s", sqlite3_errstr(code));
	return code == SQLITE_OK ? 0 : -1;
}

/* Copies and checks. One plain file comes of it: without WAL it can be read
 * where nothing can be written. While it is made nothing lies beside it, for
 * which there could be no room. */
static int
copy(struct index *from, struct index *to)
{
	int64_t files;
	bool failed;

	if (sqlite3_open_v2(to->path, &to->db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
		NULL) != SQLITE_OK) {
		msg(to->path, "%s", sqlite3_errmsg(to->db));
		return -1;
	}
	if (index_exec(to,
		"PRAGMA locking_mode=EXCLUSIVE;"
		"PRAGMA journal_mode=MEMORY") < 0 ||
	    index_begin_read(from) < 0)
		return -1;
	files = index_number(from, FILES);
	failed = files < 0 || copy_pages(from, to) < 0;
	index_rollback(from);
	if (failed || index_exec(to, "PRAGMA journal_mode=MEMORY") < 0)
		return -1;
	if (integrity_check(to) != 0 || index_number(to, FILES) != files) {
		msg(to->path, "the copy is damaged");
		return -1;
	}
	return 0;
}

/* SQLite would let others read it. */
static int
make_private(const char *path)
{
	int fd;

	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return fd < 0 ? -1 : close(fd);
}

int
snapshot(struct index *from, const char *path)
{
	struct index to = { .path = mem_strdup(path) };
	int result;

	result = make_private(path);
	if (result < 0)
		msg(path, "%s", strerror(errno));
	else
		result = copy(from, &to);
	if (sqlite3_close(to.db) != SQLITE_OK)
		result = -1;
	free(to.path);
	return result;
}
