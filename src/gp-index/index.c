#include "gp-index/index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "gp-index/earlier.h"
#include "gp-index/migrate.h"
#include "lib/mem.h"
#include "lib/msg.h"
#include "lib/path.h"

/* how long one waits for another's write, ms: twelve runs share an index */
#define BUSY_MS 120000

/* File systems whose locks SQLite can't trust (sqlite.org/faq.html#q5);
 * magic numbers as in statfs(2). */
static const long network_file_systems[] = {
	0x6969, /* NFS */
	0x517b, /* SMB */
	(long)0xff534d42, /* CIFS */
	(long)0xfe534d42, /* SMB2 */
	0x5346414f, /* AFS */
	0x01021997, /* 9P */
	0x73757245, /* Coda */
	0x00c36400, /* Ceph */
	0x564c, /* NCP */
};

static bool
is_network(const char *folder)
{
	struct statfs fs;
	size_t i;

	if (statfs(folder, &fs) < 0)
		return false;
	for (i = 0; i < COUNT(network_file_systems); i++) {
		/* f_type is 32 bits wide on some machines, signed on others */
		if (((unsigned long)fs.f_type & 0xffffffffUL) ==
		    ((unsigned long)network_file_systems[i] & 0xffffffffUL))
			return true;
	}
	return false;
}

static int
check_place(const char *path)
{
	char *folder = path_folder(path);
	bool network = is_network(folder);

	if (network)
		msg(path,
		    "the index may not lie on a network file system, where "
		    "SQLite's locks can't be trusted: set GP_INDEX to a file "
		    "on a local disk");
	free(folder);
	return network ? -1 : 0;
}

static int
complain(struct index *ix)
{
	int code = sqlite3_errcode(ix->db);
	int reason = sqlite3_system_errno(ix->db);

	/* SQLite went on to ask for less, and that is what it tells of */
	if (code == SQLITE_CANTOPEN && euidaccess(ix->path, W_OK) < 0)
		reason = errno;
	if (code == SQLITE_FULL || reason == ENOSPC)
		msg(ix->path, "no space left for the index");
	else if (code == SQLITE_BUSY)
		msg(ix->path,
		    "the index was locked by another program for %d "
		    "minutes",
		    BUSY_MS / 60000);
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

/* WAL is set once and stays; two who make the index at once may meet, and
 * then this pragma is refused without any wait. */
static int
set_wal(struct index *ix)
{
	int tries, code = SQLITE_BUSY;

	for (tries = 0; tries < 1000 && code == SQLITE_BUSY; tries++) {
		if (tries > 0)
			sqlite3_sleep(20);
		code = sqlite3_exec(ix->db, "PRAGMA journal_mode=WAL", NULL,
		    NULL, NULL);
	}
	return code == SQLITE_OK ? 0 : complain(ix);
}

static int
configure(struct index *ix, enum index_access access)
{
	sqlite3_busy_timeout(ix->db, BUSY_MS);
	if (access == INDEX_WRITE && set_wal(ix) < 0)
		return -1;
	return index_exec(ix,
	    "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
	    "PRAGMA cache_size=-12000; PRAGMA temp_store=MEMORY;"
	    "PRAGMA wal_autocheckpoint=8000;"
	    "PRAGMA trusted_schema=OFF");
}

static int
open_database(struct index *ix, enum index_access access)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
	bool there = euidaccess(ix->path, F_OK) == 0;
	const char *path = ix->path;

	if (!there && !ix->anew && earlier_none(&ix->archive, path) < 0)
		return -1;
	if (!there && access == INDEX_READ) {
		msg(ix->path,
		    "there is no index yet; a first run of the "
		    "pipeline makes it");
		return -1;
	}
	if (!there && access == INDEX_DRY)
		path = ":memory:";
	if (access == INDEX_WRITE || !there)
		flags |= SQLITE_OPEN_CREATE;
	if (check_place(ix->path) < 0)
		return -1;
	if (sqlite3_open_v2(path, &ix->db, flags, NULL) != SQLITE_OK)
		return complain(ix);
	if (configure(ix, access) < 0)
		return -1;
	return migrate(ix, access == INDEX_WRITE || !there);
}

char *
index_path(const struct repo *a)
{
	const char *path = getenv("GP_INDEX");

	if (path != NULL && *path != '\0')
		return mem_strdup(path);
	return mem_printf("%s/.gp/index.db", a->path);
}

/* PATH is NULL where the index is to be found in its own place. */
static int
open_at(struct index *ix, const char *archive, const char *path,
    enum index_access access)
{
	ix->path = NULL;
	ix->db = NULL;
	ix->anew = path != NULL;
	if (repo_open(&ix->archive, archive) < 0)
		return -1;
	ix->path = path != NULL ? mem_strdup(path) : index_path(&ix->archive);
	if (open_database(ix, access) < 0) {
		index_close(ix);
		return -1;
	}
	return 0;
}

int
index_open(struct index *ix, const char *archive, enum index_access access)
{
	return open_at(ix, archive, NULL, access);
}

int
index_create_at(struct index *ix, const char *archive, const char *path)
{
	return open_at(ix, archive, path, INDEX_WRITE);
}

void
index_close(struct index *ix)
{
	if (sqlite3_close(ix->db) != SQLITE_OK)
		msg(ix->path, "%s", sqlite3_errmsg(ix->db));
	free(ix->path);
	repo_close(&ix->archive);
	ix->db = NULL;
	ix->path = NULL;
}

int
index_exec(struct index *ix, const char *sql)
{
	if (sqlite3_exec(ix->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return complain(ix);
	return 0;
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
		complain(ix);
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
		complain(ix);
	sqlite3_reset(s);
	return code == SQLITE_DONE ? 0 : -1;
}

int
index_run(struct index *ix, sqlite3_stmt *s)
{
	int step;

	for (step = index_step(ix, s); step > 0; step = index_step(ix, s))
		;
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
