#include "gp-index/db/archive-row.h"

#include <stdio.h>

int
archive_row_get(struct index *ix, char id[static REPO_ID_SIZE])
{
	sqlite3_stmt *s;
	int step;

	*id = '\0';
	s = index_prepare(ix, "SELECT id FROM archive");
	step = index_step(ix, s);
	if (step > 0)
		snprintf(id, REPO_ID_SIZE, "%s", index_text(s, 0));
	sqlite3_finalize(s);
	return step < 0 ? -1 : 0;
}

int
archive_row_set(struct index *ix, const char *id)
{
	sqlite3_stmt *s;
	int result;

	s = index_prepare(ix, "INSERT OR IGNORE INTO archive VALUES (1, ?)");
	index_bind_text(s, 1, id);
	result = index_run(ix, s);
	sqlite3_finalize(s);
	return result;
}

int
archive_row_pair(struct index *ix)
{
	char id[REPO_ID_SIZE];

	if (archive_row_get(ix, id) < 0)
		return -1;
	if (*ix->archive.id == '\0' &&
	    repo_name(&ix->archive, *id != '\0' ? id : NULL) < 0)
		return -1;
	return archive_row_set(ix, ix->archive.id);
}
