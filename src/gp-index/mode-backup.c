/*
 * --backup FILE: a copy of the index as it is at one moment, while others go
 * on writing. It is made beside FILE, checked, and then gets its name.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gp-index/integrity.h"
#include "gp-index/modes.h"
#include "gp-index/open.h"
#include "lib/file.h"
#include "lib/msg.h"
#include "lib/publish.h"

static const char magic[16] = "SQLite format 3";

/* Whether PATH may be replaced: nothing is there, or another database, but
 * not the index itself (nor a photo, by a slip of the keyboard). */
static int
check_target(const struct index *ix, const char *path)
{
	struct stat st, own;
	char head[sizeof(magic)];
	ssize_t n;
	int fd;

	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0 || stat(ix->path, &own) < 0) {
		msg(path, "%s", strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	n = S_ISREG(st.st_mode) ? file_read_full(fd, head, sizeof(head)) : 0;
	close(fd);
	if (st.st_dev == own.st_dev && st.st_ino == own.st_ino) {
		msg(path, "this is the index itself");
		return -1;
	}
	if (n == (ssize_t)sizeof(head) &&
	    memcmp(head, magic, sizeof(head)) == 0)
		return 0;
	msg(path, "is there and is no database: choose another name");
	return -1;
}

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

static int64_t
count_files(struct index *ix)
{
	sqlite3_stmt *s;
	int64_t n = -1;

	s = index_prepare(ix, "SELECT count(*) FROM file");
	if (index_step(ix, s) > 0)
		n = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return n;
}

/* Copies and checks. One plain file comes of it: without WAL it can be read
 * where nothing can be written. */
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
	if (index_begin_read(from) < 0)
		return -1;
	files = count_files(from);
	failed = files < 0 || copy_pages(from, to) < 0;
	index_rollback(from);
	if (failed || index_exec(to, "PRAGMA journal_mode=DELETE") < 0)
		return -1;
	if (integrity_check(to) != 0 || count_files(to) != files) {
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

static int
backup(struct index *ix, const char *path)
{
	struct index to = { .db = NULL };
	struct publish p;
	int result;

	if (publish_begin_aside(&p, path) < 0) {
		msg(path, "%s", strerror(errno));
		return -1;
	}
	to.path = p.aside;
	result = make_private(to.path);
	if (result < 0)
		msg(path, "%s", strerror(errno));
	else
		result = copy(ix, &to);
	if (sqlite3_close(to.db) != SQLITE_OK)
		result = -1;
	if (result < 0) {
		publish_abandon(&p);
		return -1;
	}
	result = publish_commit(&p);
	if (result < 0)
		msg(path, "%s", strerror(errno));
	return result;
}

enum status
mode_backup(const struct index_options *opt)
{
	struct index ix;
	bool failed;

	if (*opt->file == '\0')
		cli_usage(&opt->cli, "--backup needs a file name");
	if (index_open(&ix, opt->cli.archive, INDEX_READ) < 0)
		return STATUS_STOPPED;
	failed = check_target(&ix, opt->file) < 0 || backup(&ix, opt->file) < 0;
	index_close(&ix);
	return failed ? STATUS_STOPPED : STATUS_DONE;
}
