#include "gp-index/db/index-state.h"

#include <stdlib.h>

#include "gp-index/db/integrity.h"
#include "lib/archive/index-file.h"
#include "lib/archive/repo-index.h"
#include "lib/mem.h"
#include "lib/program/msg.h"

static enum index_state
untold(const char *path, const char *why)
{
	msg(path, "%s; nothing was done", why);
	return INDEX_UNTOLD;
}

/* No database: in the archive that is its index, damaged from its first page
 * on; what GP_INDEX names may be any file. */
static enum index_state
no_database(const struct index *ix)
{
	msg(ix->path, "%s", sqlite3_errmsg(ix->db));
	if (!repo_index_is_named())
		return INDEX_DAMAGED;
	return untold(ix->path,
	    "if this is a damaged index, move it away and run this again, else "
	    "set GP_INDEX right");
}

/* What a call that failed says of the index: only SQLite's own word for it is a
 * proof, and neither a lock nor a disk that can't be read is. */
static enum index_state
from_error(const struct index *ix)
{
	int code = sqlite3_errcode(ix->db) & 0xff;

	if (code == SQLITE_BUSY)
		return untold(ix->path,
		    "another program is at work with it, and so whether it is "
		    "damaged can't be told now");
	if ((code != SQLITE_CORRUPT && code != SQLITE_NOTADB) ||
	    integrity_read_error(ix) != 0)
		return untold(ix->path,
		    "whether this index is damaged can't be told now; move it "
		    "away if another is to take its place");
	return code == SQLITE_NOTADB ? no_database(ix) : INDEX_DAMAGED;
}

/* The same, with what SQLite says. */
static enum index_state
complain(struct index *ix)
{
	int code = sqlite3_errcode(ix->db) & 0xff;

	if (code != SQLITE_BUSY && code != SQLITE_NOTADB)
		index_complain(ix);
	return from_error(ix);
}

static enum index_state
examine(struct index *ix)
{
	enum repo_index_kind kind;
	int64_t complaints;
	int opened;

	opened = index_file_open(ix->path,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, false, &ix->db);
	if (opened < 0)
		return INDEX_UNTOLD;
	if (opened > 0 || repo_index_read_kind(ix->db, &kind) < 0)
		return complain(ix);
	if (kind == REPO_INDEX_OTHER)
		return untold(ix->path,
		    "this is another program's database: set GP_INDEX right, "
		    "or move it away");
	if (kind == REPO_INDEX_EMPTY)
		return INDEX_DAMAGED;
	complaints = integrity_check(ix);
	if (complaints < 0)
		return from_error(ix);
	return complaints > 0 ? INDEX_DAMAGED : INDEX_WHOLE;
}

enum index_state
index_state_of(const char *path)
{
	struct index ix = { .path = mem_strdup(path) };
	enum index_state result = examine(&ix);

	sqlite3_close(ix.db);
	free(ix.path);
	return result;
}
