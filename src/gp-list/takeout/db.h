/*
 * The scratch database in which the parts of one export are joined: on disk,
 * so that memory stays flat, and without a name, so that it is gone when we
 * are. A failure of SQLite (in practice a full disk) is said once and kept in
 * `failed`; from then on every function here does nothing and says so.
 */
#ifndef GP_LIST_TAKEOUT_DB_H
#define GP_LIST_TAKEOUT_DB_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct repo;

/* The statements that are prepared once; their SQL is in db.c. */
enum takeout_statement {
	SQL_FOLDER_FIND,
	SQL_FOLDER_ADD,
	SQL_FOLDER_TITLE,
	SQL_FOLDERS,
	SQL_FOLDER_CLASSIFY,
	SQL_FOLDER_COUNTS,
	SQL_FOLDER_YEAR,
	SQL_FOLDER_EXIF,
	SQL_FOLDER_BELOW,
	SQL_PRODUCT_MEMBERS,
	SQL_PRODUCT_KEYS,
	SQL_PRODUCT_SIDECARS,
	SQL_PRODUCT_FOLDERS,
	SQL_YEAR_ADD,
	SQL_YEAR_SHAPE,
	SQL_MEMBER_ADD,
	SQL_DAMAGED_ADD,
	SQL_PROVED,
	SQL_NAME_ADD,
	SQL_NAME_FIND,
	SQL_SIDECAR_FIND,
	SQL_SIDECAR_PROVED,
	SQL_SIDECAR_ADD,
	SQL_SIDECAR_GET,
	SQL_SIDECAR_URLS,
	SQL_KEY_ADD,
	SQL_KEY_FIND,
	SQL_UNMATCHED,
	SQL_MATCH,
	SQL_INHERIT_FROM,
	SQL_TRASH,
	SQL_MEMBERS,
	SQL_PLACES,
	SQL_ELSEWHERE_ADD,
	SQL_ELSEWHERE_PART,
	SQL_ELSEWHERE,
	SQL_ELSEWHERE_WHOLE,
	SQL_ELSEWHERE_DAMAGED,
	SQL_ALBUMS,
	SQL_ORPHANS,
	SQL_UNDATED,
	SQL_DATE,
	SQL_TIME_GET,
	SQL_TIME_SET,
	SQL_TIMES,
	SQL_KNOWN_GET,
	SQL_KNOWN_SET,
	SQL_KNOWN_ALL,
	SQL_BELONGS_SET,
	SQL_BELONGS_ANY,
	SQL_BELONGS,
	SQL_BELONGS_ALL,
	SQL_TALLY,
	SQL_TALLY_ALBUM,
	SQL_TALLIES,
	SQL_COUNT
};

struct takeout_db {
	sqlite3 *db;
	sqlite3_stmt *stmt[SQL_COUNT];
	bool failed;
};

/* Opens it in folder listings of archive A; 0, or -1 with the reason said.
 * takeout_db_close() in any case. */
int takeout_db_open(struct takeout_db *db, const struct repo *a);
void takeout_db_close(struct takeout_db *db);

/* Empties it for the next export; what is known of albums and of all exports
 * stays. 0, or -1 with the reason said. */
int takeout_db_clear(struct takeout_db *db);

/* Statement WHICH, ready to bind. Binds count from 1. NULL only when failed:
 * binding to NULL does no harm. */
sqlite3_stmt *takeout_sql(struct takeout_db *db, enum takeout_statement which);
void takeout_bind(sqlite3_stmt *s, int at, int64_t value);
/* Bytes as they are, NULL as SQL's NULL; they must live until the statement
 * is done. */
void takeout_bind_text(sqlite3_stmt *s, int at, const char *text);

/* Steps S: true where there is a row. */
bool takeout_row(struct takeout_db *db, sqlite3_stmt *s);

/* Runs S, which gives no rows, to its end; 0 or -1. */
int takeout_run(struct takeout_db *db, sqlite3_stmt *s);

/* The first column of the first row as a number, or MISSING without a row. */
int64_t takeout_number(struct takeout_db *db, sqlite3_stmt *s, int64_t missing);

/* Column AT as text, "" where it is NULL; lives until the next step. */
const char *takeout_text(sqlite3_stmt *s, int at);

#endif
