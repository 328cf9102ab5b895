#include "gp-index/owed.h"

#include <stdlib.h>
#include <string.h>

#include "gp-index/checksums-write.h"
#include "lib/file.h"
#include "lib/mem.h"
#include "lib/name.h"
#include "lib/path.h"

int
owed_load(struct index *ix)
{
	sqlite3_stmt *s;
	int step;

	if (index_exec(ix,
		"CREATE TEMP TABLE owed (file BLOB PRIMARY KEY, path TEXT) "
		"WITHOUT ROWID;"
		"INSERT OR REPLACE INTO owed SELECT e.file, e.detail "
		"FROM " OWED_EVENTS " AND e.file IS NOT NULL AND e.file NOT IN "
		"(SELECT sha256 FROM file) ORDER BY e.event") < 0)
		return -1;
	s = index_prepare(ix, "SELECT 1 FROM owed LIMIT 1");
	step = index_step(ix, s);
	sqlite3_finalize(s);
	return step;
}

/* Whether a file is stored at PATH or about to be: 1, 0 or -1. */
static int
is_taken(struct index *ix, const char *path)
{
	char *folded = name_fold(path);
	sqlite3_stmt *s;
	int step;

	s = index_prepare(ix,
	    "SELECT 1 FROM file WHERE folded = ?1 UNION ALL "
	    "SELECT 1 FROM arriving WHERE folded = ?1");
	index_bind_text(s, 1, folded);
	step = index_step(ix, s);
	sqlite3_finalize(s);
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
	int step;

	*path = NULL;
	s = index_prepare(ix, "SELECT path FROM owed WHERE file = ?");
	index_bind_digest(s, 1, sha256);
	step = index_step(ix, s);
	if (step > 0 && index_text(s, 0) != NULL && is_place(index_text(s, 0)))
		*path = mem_strdup(index_text(s, 0));
	sqlite3_finalize(s);
	if (*path != NULL) {
		step = is_taken(ix, *path);
		if (step != 0) {
			free(*path);
			*path = NULL;
		}
	}
	return step < 0 ? -1 : 0;
}
