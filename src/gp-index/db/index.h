/*
 * The index: statements and transactions. SQLite's own reason is said once,
 * where it happens; callers only give up. No transaction is held across a read
 * of stdin or a write of stdout.
 */
#ifndef GP_INDEX_DB_INDEX_H
#define GP_INDEX_DB_INDEX_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/archive/repo.h"
#include "lib/digest.h"
#include "lib/program/status.h"

#define INDEX_VERSION 8

/* how long one waits for another's write, ms: twelve runs share an index */
#define INDEX_BUSY_MS 120000

struct index {
	struct repo archive;
	char *path; /* of the database; owned */
	sqlite3 *db;
	bool aside; /* it is not in its place yet: its row `archive` is the
		     * caller's to write */
	bool failed; /* SQLite or the disk failed, not who set it up: said */
};

/* Says why the last call of SQLite failed, in words to act on; -1. */
int index_complain(struct index *ix);

/* Which INDEX_VERSION it was written with; 0 where it is no index yet, -1 with
 * the reason said. */
int index_version(struct index *ix);

/* Runs SQL without results; 0, or -1 with the reason said. */
int index_exec(struct index *ix, const char *sql);

/* BEGIN (deferred, for reading), BEGIN IMMEDIATE; 0, or -1 with the reason
 * said. */
int index_begin_read(struct index *ix);
int index_begin_write(struct index *ix);

/* COMMIT; 0, or -1 with the reason said. A failed commit is rolled back; one to
 * an index that was deleted meanwhile has failed too. */
int index_commit(struct index *ix);

/* ROLLBACK, where a transaction is open. */
void index_rollback(struct index *ix);

/* A prepared statement; the caller finalizes. Wrong SQL ends the program. */
sqlite3_stmt *index_prepare(struct index *ix, const char *sql);

/* Steps: 1 a row, 0 no more, -1 with the reason said. After 0 and -1 the
 * statement is reset. */
int index_step(struct index *ix, sqlite3_stmt *s);

/* PRAGMA wal_autocheckpoint, in pages, but where there may be no room for so
 * many. */
#define INDEX_AUTOCHECKPOINT "8000"

/* Now, in SQL, in seconds since 1970: unixepoch() came with SQLite 3.38. */
#define INDEX_NOW "CAST(strftime('%s', 'now') AS INTEGER)"

/* Runs SQL with TEXT for its one parameter: 1 where it yields a row, 0, or -1
 * with the reason said. */
int index_ask(struct index *ix, const char *sql, const char *text);

/* Runs SQL, one write, with TEXT for its one parameter. 0, or -1 with the
 * reason said. */
int index_run_text(struct index *ix, const char *sql, const char *text);

/* The number that SQL yields; -1 with the reason said, or where it yields none.
 */
int64_t index_number(struct index *ix, const char *sql);

/* Whether S, a query with SHA256 for its one parameter, yields a row: 1, 0, or
 * -1 with the reason said. */
int index_has(struct index *ix, sqlite3_stmt *s,
    const uint8_t sha256[static DIGEST_SIZE]);

/* For one write: step to the end and reset; 0, or -1 with the reason said. */
int index_run(struct index *ix, sqlite3_stmt *s);

/* Binds parameter I (from 1). Text and bytes must live until the reset; NULL
 * binds NULL. */
void index_bind_text(sqlite3_stmt *s, int i, const char *text);
void index_bind_digest(sqlite3_stmt *s, int i, const uint8_t *digest);

/* Binds parameter I (from 1) to VALUE. */
void index_bind_int(sqlite3_stmt *s, int i, int64_t value);

/* Column I (from 0) as text, NULL where NULL; lives until the next step. */
const char *index_text(sqlite3_stmt *s, int i);

/* Column I as a digest; false unless it is 32 bytes. */
bool index_digest(sqlite3_stmt *s, int i, uint8_t digest[static DIGEST_SIZE]);

/* Adds a row to `event`; FILE, COPY and DETAIL may be NULL. 0 or -1. */
int index_event(struct index *ix, const char *kind, const uint8_t *file,
    const char *copy, const char *detail);

#endif
