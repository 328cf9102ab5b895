#include "gp-index/checksums/owed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gp-index/checksums/checksums-name.h"
#include "gp-index/checksums/checksums-read.h"
#include "lib/files/file.h"
#include "lib/files/path.h"
#include "lib/mem.h"
#include "lib/name.h"

int
owed_gather(struct index *ix)
{
	return index_exec(ix,
	    "CREATE TEMP TABLE IF NOT EXISTS open_event (path TEXT, file BLOB, "
	    "listed INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (path, file)) "
	    "WITHOUT ROWID; DELETE FROM open_event; "
	    "INSERT OR IGNORE INTO open_event (path, file) "
	    "SELECT e.detail, e.file FROM " OWED_EVENTS);
}

/* Runs SQL with the bytes, path and, unless it is NULL, folded path of one
 * line; rows changed, or -1. */
static int
run_line(struct index *ix, const char *sql, const uint8_t *sha256,
    const char *path, const char *folded)
{
	sqlite3_stmt *s;
	int result;

	s = index_prepare(ix, sql);
	index_bind_digest(s, 1, sha256);
	index_bind_text(s, 2, path);
	if (folded != NULL)
		index_bind_text(s, 3, folded);
	result = index_run(ix, s);
	sqlite3_finalize(s);
	return result < 0 ? -1 : sqlite3_changes(ix->db);
}

int
owed_set_listed(struct index *ix, const char *path,
    const uint8_t sha256[static DIGEST_SIZE])
{
	return run_line(ix,
		   "UPDATE open_event SET listed = 1 "
		   "WHERE file = ?1 AND path = ?2",
		   sha256, path, NULL) < 0
	    ? -1
	    : 0;
}

int
owed_load(struct index *ix)
{
	if (owed_gather(ix) < 0 ||
	    index_exec(ix,
		"CREATE TEMP TABLE owed (file BLOB, path TEXT, "
		"PRIMARY KEY (file, path)) WITHOUT ROWID;"
		"CREATE TEMP TABLE owed_name (folded TEXT PRIMARY KEY) "
		"WITHOUT ROWID;"
		"CREATE TEMP TABLE owed_folder (folder TEXT PRIMARY KEY) "
		"WITHOUT ROWID;"
		"INSERT INTO owed SELECT file, path FROM open_event") < 0)
		return -1;
	return index_ask(ix, "SELECT 1 FROM owed WHERE ?1 <> '' LIMIT 1", "1");
}

int
owed_note(struct index *ix, const char *table)
{
	char *sql = mem_printf(
	    "INSERT INTO event (at, kind, file, copy, detail) "
	    "SELECT CAST(strftime('%%s', 'now') AS INTEGER), "
	    "CASE WHEN gone THEN 'missing' ELSE 'unknown' END, "
	    "sha256, 'nas', path FROM (SELECT * FROM %s) t "
	    "WHERE NOT EXISTS (SELECT 1 FROM file s "
	    "WHERE s.sha256 = t.sha256) "
	    "AND NOT EXISTS (SELECT 1 FROM open_event o "
	    "WHERE o.path = t.path AND o.file = t.sha256) ORDER BY path; "
	    "INSERT OR IGNORE INTO open_event (path, file) "
	    "SELECT path, sha256 FROM (SELECT * FROM %s) t "
	    "WHERE NOT EXISTS (SELECT 1 FROM file s "
	    "WHERE s.sha256 = t.sha256)",
	    table, table);
	int result = index_exec(ix, sql);

	free(sql);
	return result;
}

int
owed_accept(struct index *ix, const char *path, const char *reason)
{
	char *detail = mem_printf("%s: %s", path, reason);
	sqlite3_stmt *s;
	int result;

	s = index_prepare(ix,
	    "INSERT INTO event (at, kind, file, copy, detail) SELECT "
	    "DISTINCT " INDEX_NOW
	    ", 'accepted', e.file, 'nas', ?2 FROM " OWED_EVENTS
	    " AND e.detail = ?1");
	index_bind_text(s, 1, path);
	index_bind_text(s, 2, detail);
	result = index_run(ix, s);
	sqlite3_finalize(s);
	free(detail);
	return result < 0 ? -1 : sqlite3_changes(ix->db) > 0;
}

/* One line of FOLDER's list. 1 where the index has neither its name nor its
 * bytes, 0, or -1. */
static int
add_line(struct index *ix, const char *folder, const struct checksum_list *l)
{
	char *path = mem_printf("%s/%s", folder, l->name);
	char *folded = name_fold(path);
	int added, named;

	/* a list may have several sums for one name */
	added = run_line(ix,
	    "INSERT OR IGNORE INTO owed SELECT ?1, ?2 WHERE NOT EXISTS "
	    "(SELECT 1 FROM file WHERE sha256 = ?1 OR folded = ?3)",
	    l->sha256, path, folded);
	named = added < 0
	    ? -1
	    : run_line(ix,
		  "INSERT OR IGNORE INTO owed_name SELECT ?3 "
		  "WHERE ?2 IS NOT NULL AND NOT EXISTS "
		  "(SELECT 1 FROM file WHERE sha256 = ?1 OR folded = ?3)",
		  l->sha256, path, folded);
	free(folded);
	free(path);
	return named < 0 ? -1 : added > 0 || named > 0;
}

/* All lines of FOLDER's list; as owed_load_folder(). */
static int
add_lines(struct index *ix, const char *folder, struct checksum_list *l)
{
	int got = 1, added = 0, any = 0;

	while (added >= 0 && got != 0) {
		got = checksum_list_next(l);
		if (got == -2)
			return OWED_UNREADABLE;
		if (got > 0 && checksums_can_hold(l->name))
			added = add_line(ix, folder, l);
		any = any || added > 0;
	}
	return added < 0 ? -1 : any;
}

/* As owed_load_folder(), each time. */
static int
read_list(struct index *ix, const char *folder)
{
	struct checksum_list l;
	int result, saved;

	/* what is no folder has no list, and fails when it is to be made one */
	if (checksum_list_open_folder(&l, &ix->archive, folder) == 0)
		result = add_lines(ix, folder, &l);
	else
		result = errno == ENOENT || errno == ENOTDIR ? 0
							     : OWED_UNREADABLE;
	saved = errno;
	checksum_list_close(&l);
	errno = saved;
	return result;
}

int
owed_load_folder(struct index *ix, const char *folder)
{
	int result;

	result = index_ask(ix, "SELECT 1 FROM owed_folder WHERE folder = ?",
	    folder);
	if (result != 0)
		return result < 0 ? -1 : 0;
	result = read_list(ix, folder);
	if (result >= 0 &&
	    index_run_text(ix, "INSERT INTO owed_folder VALUES (?)", folder) <
		0)
		result = -1;
	return result;
}

int
owed_name(struct index *ix, const char *folded)
{
	return index_ask(ix, "SELECT 1 FROM owed_name WHERE folded = ?",
	    folded);
}

/* Whether a file is stored at PATH or about to be: 1, 0 or -1. */
static int
name_in_use(struct index *ix, const char *path)
{
	char *folded = name_fold(path);
	int step;

	step = index_ask(ix,
	    "SELECT 1 FROM file WHERE folded = ?1 UNION ALL "
	    "SELECT 1 FROM arriving WHERE folded = ?1",
	    folded);
	free(folded);
	return step;
}

/* The event's word was a list's: it may be no place of ours at all. */
static bool
is_place(const char *path)
{
	const char *name = path_base(path);

	return file_path_is_safe(path) && *path != '.' && name > path &&
	    strchr(path, '/') == name - 1 && checksums_can_hold(name);
}

int
owed_find(struct index *ix, const uint8_t sha256[static DIGEST_SIZE],
    char **path)
{
	sqlite3_stmt *s;
	int step, in_use;

	*path = NULL;
	s = index_prepare(ix, "SELECT path FROM owed WHERE file = ?");
	index_bind_digest(s, 1, sha256);
	for (step = index_step(ix, s); step > 0; step = index_step(ix, s)) {
		in_use = is_place(index_text(s, 0))
		    ? name_in_use(ix, index_text(s, 0))
		    : 1;
		if (in_use == 0)
			*path = mem_strdup(index_text(s, 0));
		if (in_use <= 0) {
			step = in_use;
			break;
		}
	}
	sqlite3_finalize(s);
	return step;
}

char *
owed_stored_as(struct index *ix, const uint8_t sha256[static DIGEST_SIZE])
{
	sqlite3_stmt *s;
	char *path = NULL;

	s = index_prepare(ix, "SELECT path FROM file WHERE sha256 = ?");
	index_bind_digest(s, 1, sha256);
	if (index_step(ix, s) > 0)
		path = mem_strdup(index_text(s, 0));
	sqlite3_finalize(s);
	return path;
}
