#include "gp-pack/records/record-store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/archive/scratch-db.h"
#include "lib/files/file.h"
#include "lib/files/nameless.h"
#include "lib/mem.h"
#include "lib/program/msg.h"

#define PENDING ((size_t)256 * 1024)
#define LINE_SIZE ((size_t)RECORD_MAX + 1)
#define LINE_MIN 64 /* a line is longer than the sha256 that it has */

static const char schema[] =
    "CREATE TABLE rec(at INTEGER PRIMARY KEY, len INTEGER, sha BLOB,"
    " size INTEGER, taken INTEGER, cost INTEGER, path TEXT);"
    "CREATE TABLE ordered(seq INTEGER PRIMARY KEY, at INTEGER, len INTEGER,"
    " sha BLOB, size INTEGER, taken INTEGER, cost INTEGER, path TEXT);"
    "CREATE TABLE again(first INTEGER, at INTEGER, len INTEGER,"
    " PRIMARY KEY(first, at)) WITHOUT ROWID;"
    "CREATE TABLE repeat(at INTEGER PRIMARY KEY);"
    "CREATE TABLE placed(seq INTEGER PRIMARY KEY, path TEXT);"
    "CREATE TABLE name(folded TEXT PRIMARY KEY) WITHOUT ROWID;"
    "CREATE TABLE sealed(seq INTEGER PRIMARY KEY, changed INTEGER);"
    "CREATE TABLE shown(seq INTEGER PRIMARY KEY, path TEXT, size INTEGER,"
    " time TEXT, name TEXT, type INTEGER, thumb INTEGER, caption TEXT);"
    "CREATE TABLE in_album(title TEXT, id TEXT, seq INTEGER,"
    " PRIMARY KEY(title, id, seq)) WITHOUT ROWID;"
    "CREATE INDEX in_album_seq ON in_album(seq);"
    "CREATE TABLE failed(seq INTEGER PRIMARY KEY, code TEXT, text TEXT);";

/* The second record of a file and all further ones; then the files by time,
 * those without one last. */
static const char sort_sql[] =
    "CREATE INDEX rec_sha ON rec(sha);"
    "INSERT INTO repeat SELECT at FROM (SELECT at,"
    " lag(sha) OVER (ORDER BY sha, at) = sha AS same FROM rec) WHERE same;"
    "INSERT INTO again SELECT (SELECT min(f.at) FROM rec f"
    " WHERE f.sha = r.sha), r.at, r.len FROM repeat JOIN rec r USING (at);"
    "INSERT INTO ordered(at, len, sha, size, taken, cost, path)"
    " SELECT at, len, sha, size, taken, cost, path FROM rec"
    " WHERE at NOT IN (SELECT at FROM repeat)"
    " ORDER BY taken IS NULL, taken, path, at;"
    "DROP TABLE rec; DROP TABLE repeat";

static int
complain(struct record_store *s)
{
	return scratch_db_fail(s->db, "packing", &s->failed);
}

int
record_store_exec(struct record_store *s, const char *sql)
{
	if (s->failed ||
	    sqlite3_exec(s->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return complain(s);
	return 0;
}

sqlite3_stmt *
record_store_prepare(struct record_store *s, const char *sql)
{
	sqlite3_stmt *stmt = NULL;

	if (s->failed ||
	    sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt,
		NULL) != SQLITE_OK)
		complain(s);
	return stmt;
}

sqlite3_stmt *
record_store_range(struct record_store *s, const char *sql, int64_t first,
    int64_t end)
{
	sqlite3_stmt *stmt = record_store_prepare(s, sql);

	sqlite3_bind_int64(stmt, 1, first);
	sqlite3_bind_int64(stmt, 2, end);
	return stmt;
}

int
record_store_step(struct record_store *s, sqlite3_stmt *stmt)
{
	int result;

	if (s->failed || stmt == NULL)
		return -1;
	result = sqlite3_step(stmt);
	if (result == SQLITE_ROW)
		return 1;
	return result == SQLITE_DONE ? 0 : complain(s);
}

int
record_store_run(struct record_store *s, sqlite3_stmt *stmt)
{
	int result;

	result = record_store_step(s, stmt);
	sqlite3_reset(stmt);
	return result < 0 ? -1 : 0;
}

int
record_store_open(struct record_store *s, const struct repo *a)
{
	char *folder;
	int fd;

	memset(s, 0, sizeof(*s));
	s->lines = -1;
	s->line = mem_alloc(LINE_SIZE);
	buf_init(&s->pending, PENDING + LINE_SIZE);
	fd = repo_folder(a, "packing");
	if (fd < 0)
		return -1;
	s->lines = nameless_make(fd);
	if (s->lines < 0)
		msg(a->path, "in .gp/packing: %s", strerror(errno));
	close(fd);
	/* sorting needs room too, and /tmp may be memory */
	folder = mem_printf("%s/.gp/packing", a->path);
	setenv("SQLITE_TMPDIR", folder, 1);
	free(folder);
	if (s->lines < 0 || scratch_db_open(a, "packing", &s->db) < 0 ||
	    record_store_exec(s, "PRAGMA temp_store=FILE; BEGIN IMMEDIATE") <
		0 ||
	    record_store_exec(s, schema) < 0)
		return -1;
	s->add = record_store_prepare(s,
	    "INSERT INTO rec VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)");
	return s->add == NULL ? -1 : 0;
}

void
record_store_close(struct record_store *s)
{
	sqlite3_finalize(s->add);
	sqlite3_close(s->db);
	if (s->lines >= 0)
		close(s->lines);
	buf_release(&s->pending);
	free(s->line);
	free(s->left);
}

/* What is written is what is pending no more: a part of it that has come to the
 * file before it failed does no harm. */
static int
write_pending(struct record_store *s)
{
	if (file_write_all(s->lines, s->pending.data, s->pending.len) < 0) {
		if (!s->failed)
			msg(NULL, "cannot keep the records in .gp/packing: %s",
			    strerror(errno));
		s->failed = true;
		return -1;
	}
	buf_clear(&s->pending);
	return 0;
}

int
record_store_add(struct record_store *s, const struct record *rec,
    const struct stored_file *file)
{
	sqlite3_stmt *add = s->add;

	if (s->failed || (s->pending.len >= PENDING && write_pending(s) < 0))
		return -1;
	sqlite3_bind_int64(add, 1, s->end);
	sqlite3_bind_int64(add, 2, (int64_t)rec->line.len);
	sqlite3_bind_blob(add, 3, file->sha256, DIGEST_SIZE, SQLITE_STATIC);
	sqlite3_bind_int64(add, 4, file->size);
	if (file->dated)
		sqlite3_bind_int64(add, 5, file->taken);
	else
		sqlite3_bind_null(add, 5);
	sqlite3_bind_int64(add, 6, file->cost);
	sqlite3_bind_text(add, 7, file->path, -1, SQLITE_STATIC);
	if (record_store_run(s, add) < 0)
		return -1;
	buf_add(&s->pending, rec->line.data, rec->line.len);
	buf_addc(&s->pending, '\n');
	s->end += (int64_t)rec->line.len + 1;
	return 0;
}

int
record_store_sort(struct record_store *s)
{
	sqlite3_stmt *count;

	if (s->pending.len > 0 && write_pending(s) < 0)
		return -1;
	if (record_store_exec(s, sort_sql) < 0)
		return -1;
	s->left = mem_alloc((size_t)(s->end / LINE_MIN / 8) + 1);
	count = record_store_prepare(s, "SELECT count(*) FROM again");
	if (record_store_step(s, count) > 0)
		s->repeated = sqlite3_column_int64(count, 0);
	sqlite3_finalize(count);
	return s->failed ? -1 : 0;
}

int
record_store_read(struct record_store *s, int64_t at, int64_t n,
    struct record *rec)
{
	const char *reason;

	if (file_read_at(s->lines, s->line, (size_t)n, at) == (ssize_t)n &&
	    record_parse(rec, s->line, (size_t)n, &reason) == 0)
		return 0;
	if (!s->failed)
		msg(NULL, "cannot read back what was kept in .gp/packing");
	s->failed = true;
	return -1;
}

void
record_store_set_left(struct record_store *s, int64_t at)
{
	int64_t bit = at / LINE_MIN;

	s->left[bit / 8] |= (uint8_t)(1U << (bit % 8));
}

static bool
has_left(const struct record_store *s, int64_t at)
{
	int64_t bit = at / LINE_MIN;

	return s->left != NULL &&
	    (s->left[bit / 8] & (uint8_t)(1U << (bit % 8))) != 0;
}

/* Hands out the whole lines of the N bytes at DATA, which are those at AT.
 * How many bytes they are. */
static size_t
hand_out(const struct record_store *s, const char *data, size_t n, int64_t at,
    void (*each)(void *arg, struct record *rec), void *arg)
{
	const char *end, *reason;
	struct record rec;
	size_t done = 0;

	record_init(&rec);
	for (end = memchr(data, '\n', n); end != NULL;
	     end = memchr(data + done, '\n', n - done)) {
		if (!has_left(s, at + (int64_t)done)) {
			if (record_parse(&rec, data + done,
				(size_t)(end - data) - done, &reason) < 0)
				record_make_bad(&rec, reason);
			each(arg, &rec);
		}
		done = (size_t)(end - data) + 1;
	}
	record_release(&rec);
	return done;
}

void
record_store_each_rest(struct record_store *s,
    void (*each)(void *arg, struct record *rec), void *arg)
{
	int64_t written = s->end - (int64_t)s->pending.len, at;
	size_t n = 1;
	ssize_t got;

	for (at = 0; at < written && n > 0; at += (int64_t)n) {
		n = written - at < (int64_t)LINE_SIZE ? (size_t)(written - at)
						      : LINE_SIZE;
		got = file_read_at(s->lines, s->line, n, at);
		n = got > 0 ? hand_out(s, s->line, (size_t)got, at, each, arg)
			    : 0;
	}
	if (at < written)
		msg(NULL,
		    "cannot read back what was kept in .gp/packing: not all "
		    "records are passed on");
	hand_out(s, s->pending.data, s->pending.len, written, each, arg);
}
