/* The archive and its index: where it is, and whether both belong together, as
 * far as can be told without writing. */
#ifndef GP_LIB_ARCHIVE_REPO_INDEX_H
#define GP_LIB_ARCHIVE_REPO_INDEX_H

#include <sqlite3.h>

#include "lib/archive/repo.h"

/* Where A's index belongs: $GP_INDEX, else .gp/index.db. The caller frees. */
char *repo_index_path(const struct repo *a);

/* Whether GP_INDEX names another place for the index than the archive's own. */
bool repo_index_is_named(void);

/* Whether nothing is stored in A: 1, or 0 where its folder holds more than .gp
 * and what a NAS or a desktop puts everywhere; -1 with the reason said. *NAME
 * (NULL allowed) is something that is there, for messages; the caller frees. */
int repo_is_empty(const struct repo *a, char **name);

/* Says that A has no index at PATH, where ERROR is ENOENT, and what to do: that
 * of something stored as above, else how one is made; any other ERROR as
 * it is. -1. */
int repo_index_refuse(const struct repo *a, const char *path, int error);

/* Says that the index at PATH is of another archive than A; -1. */
int repo_index_mismatch(const struct repo *a, const char *path);

/* Opens the index at PATH, for reading alone; the caller closes. 0, or -1 with
 * the reason said. */
int repo_index_read(const char *path, sqlite3 **db);

/* Says why the index at PATH can't be read in DB (NULL: no memory); -1. */
int repo_index_complain(const char *path, sqlite3 *db);

/* Takes the archive that the index in DB names to ID; "" where it names none,
 * as one of an earlier gp, or another database. 0, or -1: DB knows why. */
int repo_index_read_id(sqlite3 *db, char id[static REPO_ID_SIZE]);

/* The same of the index at PATH. 0, or -1 with the reason said. */
int repo_index_id(const char *path, char id[static REPO_ID_SIZE]);

/* What a database is. */
enum repo_index_kind {
	REPO_INDEX_EMPTY, /* without tables: of an index that was begun */
	REPO_INDEX_OURS,
	REPO_INDEX_OTHER /* another program's */
};

/* Takes what DB is to *KIND. 0, or -1 with the error in DB. */
int repo_index_read_kind(sqlite3 *db, enum repo_index_kind *kind);

/* -1, having said that what lies at PATH is another program's. */
int repo_index_other(const char *path);

/* Whether an index at PATH without tables may be that of A, which has nothing
 * stored then: 0, or -1 with the reason said. */
int repo_index_check_empty(const struct repo *a, const char *path);

/* Whether PATH is a link to what is not there, which is said: nothing is to be
 * made in its place. */
bool repo_index_is_astray(const char *path);

/* Whether A has its index in .gp, though GP_INDEX names PATH, where none is,
 * which is said: of two indexes each would lack photos. */
bool repo_index_is_second(const struct repo *a, const char *path);

/* Whether the index at PATH is a file in A's own .gp, and no link. */
bool repo_index_is_inside(const struct repo *a, const char *path);

/* Before A is used: 0, or -1 with the reason said where it is no archive, its
 * index is that of another one, or is missing. An archive of an earlier gp
 * passes: who writes the index looks closer, and adopts it. */
int repo_check(const struct repo *a);

#endif
