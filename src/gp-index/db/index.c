#include "gp-index/db/index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/program/msg.h"

int
index_complain(struct index *ix)
{
	int code = sqlite3_errcode(ix->db);
	int reason = sqlite3_system_errno(ix->db);

	ix->failed = true;
	/* SQLite went on to ask for less, and that is what it tells of */
	if (code == SQLITE_CANTOPEN && euidaccess(ix->path, W_OK) < 0)
		reason = errno;
	if (code == SQLITE_FULL || reason == ENOSPC)
		msg(ix->path, "no space left for the index");
	else if (code == SQLITE_BUSY)
		msg(ix->path,
		    "the index was locked by another program for %d "
		    "minutes",
		    INDEX_BUSY_MS / 60000);
	else if (code == SQLITE_NOTADB || code == SQLITE_CORRUPT)
		msg(ix->path,
		    "the index is damaged (%s): put back a backup "
		    "of it, or run gp-index --rebuild",
		    sqlite3_errmsg(ix->db));
	else if (reason != 0)
		msg(ix->path, "%s: %s", sqlite3_errmsg(ix->db),
		    strerror(reason));
	else
		msg(ix->path, "%s", sqlite3_errmsg(ix->db));
	return -1;
}

int
index_exec(struct index *ix, const char *sql)
{
	if (sqlite3_exec(ix->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return index_complain(ix);
	return 0;
}

int
index_version(struct index *ix)
{
	sqlite3_stmt *s;
	int version = -1;

	/* what is no database says so only here */
	if (sqlite3_prepare_v2(ix->db, "PRAGMA user_version", -1, &s, NULL) !=
	    SQLITE_OK)
		return index_complain(ix);
	if (index_step(ix, s) > 0)
		version = sqlite3_column_int(s, 0);
	sqlite3_finalize(s);
	return version;
}

int
index_begin_read(struct index *ix)
{
	return index_exec(ix, "BEGIN");
}

int
index_begin_write(struct index *ix)
{
	return index_exec(ix, "BEGIN IMMEDIATE");
}

/* What is written to a file without a name is lost when we end, and SQLite
 * does not notice. */
static int
check_name(struct index *ix)
{
	int moved = 0;

	if (sqlite3_file_control(ix->db, "main", SQLITE_FCNTL_HAS_MOVED,
		&moved) != SQLITE_OK ||
	    moved == 0)
		return 0;
	msg(ix->path,
	    "the index was deleted or moved away while it was in "
	    "use: put it back, or run gp-index --rebuild; then run this "
	    "again");
	return -1;
}

int
index_commit(struct index *ix)
{
	if (index_exec(ix, "COMMIT") == 0)
		return check_name(ix);
	index_rollback(ix);
	return -1;
}

void
index_rollback(struct index *ix)
{
	/* SQLite may have rolled back by itself (full disk) */
	if (sqlite3_get_autocommit(ix->db) == 0)
		index_exec(ix, "ROLLBACK");
}

sqlite3_stmt *
index_prepare(struct index *ix, const char *sql)
{
	sqlite3_stmt *s;

	if (sqlite3_prepare_v3(ix->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &s,
		NULL) != SQLITE_OK) {
		index_complain(ix);
		msg_die("the index does not take: %s", sql);
	}
	return s;
}

int
index_step(struct index *ix, sqlite3_stmt *s)
{
	int code = sqlite3_step(s);

	if (code == SQLITE_ROW)
		return 1;
	if (code != SQLITE_DONE)
		index_complain(ix);
	sqlite3_reset(s);
	return code == SQLITE_DONE ? 0 : -1;
}

int
index_has(struct index *ix, sqlite3_stmt *s,
    const uint8_t sha256[static DIGEST_SIZE])
{
	int step;

	index_bind_digest(s, 1, sha256);
	step = index_step(ix, s);
	if (step > 0)
		sqlite3_reset(s);
	return step;
}

int
index_run(struct index *ix, sqlite3_stmt *s)
{
	int step;

	for (step = index_step(ix, s); step > 0; step = index_step(ix, s))
		;
	return step;
}

int64_t
index_number(struct index *ix, const char *sql)
{
	sqlite3_stmt *s = index_prepare(ix, sql);
	int64_t n = -1;

	if (index_step(ix, s) > 0)
		n = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return n;
}

int
index_run_text(struct index *ix, const char *sql, const char *text)
{
	sqlite3_stmt *s = index_prepare(ix, sql);
	int result;

	index_bind_text(s, 1, text);
	result = index_run(ix, s);
	sqlite3_finalize(s);
	return result;
}

int
index_ask(struct index *ix, const char *sql, const char *text)
{
	sqlite3_stmt *s = index_prepare(ix, sql);
	int step;

	index_bind_text(s, 1, text);
	step = index_step(ix, s);
	sqlite3_finalize(s);
	return step;
}

void
index_bind_text(sqlite3_stmt *s, int i, const char *text)
{
	if (sqlite3_bind_text(s, i, text, -1, SQLITE_STATIC) != SQLITE_OK)
		msg_die("a text that the index can't take");
}

void
index_bind_digest(sqlite3_stmt *s, int i, const uint8_t *digest)
{
	if (sqlite3_bind_blob(s, i, digest, DIGEST_SIZE, SQLITE_STATIC) !=
	    SQLITE_OK)
		msg_die("a digest that the index can't take");
}

void
index_bind_int(sqlite3_stmt *s, int i, int64_t value)
{
	if (sqlite3_bind_int64(s, i, value) != SQLITE_OK)
		msg_die("a number that the index can't take");
}

const char *
index_text(sqlite3_stmt *s, int i)
{
	return (const char *)sqlite3_column_text(s, i);
}

bool
index_digest(sqlite3_stmt *s, int i, uint8_t digest[static DIGEST_SIZE])
{
	const void *blob = sqlite3_column_blob(s, i);

	if (blob == NULL || sqlite3_column_bytes(s, i) != DIGEST_SIZE)
		return false;
	memcpy(digest, blob, DIGEST_SIZE);
	return true;
}

int
index_event(struct index *ix, const char *kind, const uint8_t *file,
    const char *copy, const char *detail)
{
	sqlite3_stmt *s;
	int result;

	s = index_prepare(ix,
	    "INSERT INTO event (at, kind, file, copy, detail) "
	    "VALUES (?, ?, ?, ?, ?)");
	index_bind_int(s, 1, time(NULL));
	index_bind_text(s, 2, kind);
	if (file != NULL)
		index_bind_digest(s, 3, file);
	index_bind_text(s, 4, copy);
	index_bind_text(s, 5, detail);
	result = index_run(ix, s);
	sqlite3_finalize(s);
	return result;
}
