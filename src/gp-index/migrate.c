#include "gp-index/migrate.h"

#include <stdio.h>

#include "lib/msg.h"

static const char schema[] =
#include "schema.inc"
    ;

/* migrations[N] leads from version N to N + 1 */
static const char *const migrations[INDEX_VERSION] = { schema };

static int
version(struct index *ix)
{
	sqlite3_stmt *s;
	int n = -1;

	if (sqlite3_prepare_v2(
		ix->db, "PRAGMA user_version", -1, &s, NULL) != SQLITE_OK) {
		/* what is no database says so only here */
		return index_exec(ix, "PRAGMA user_version");
	}
	if (index_step(ix, s) > 0)
		n = sqlite3_column_int(s, 0);
	sqlite3_finalize(s);
	return n;
}

static int
step_forward(struct index *ix, int from)
{
	char sql[64];

	if (index_exec(ix, migrations[from]) < 0)
		return -1;
	snprintf(sql, sizeof(sql), "PRAGMA user_version=%d", from + 1);
	return index_exec(ix, sql);
}

/* All steps in one transaction; another program may have done it by now. */
static int
forward(struct index *ix)
{
	int n;

	if (index_begin_write(ix) < 0)
		return -1;
	for (n = version(ix); n >= 0 && n < INDEX_VERSION; n++) {
		if (step_forward(ix, n) < 0) {
			n = -1;
			break;
		}
	}
	if (n < 0) {
		index_rollback(ix);
		return -1;
	}
	return index_commit(ix);
}

int
migrate(struct index *ix, bool may_write)
{
	int n = version(ix);

	if (n < 0)
		return -1;
	if (n > INDEX_VERSION) {
		msg(ix->path,
		    "the index has version %d, this gp knows %d: install a "
		    "newer gp", n, INDEX_VERSION);
		return -1;
	}
	if (n == INDEX_VERSION)
		return 0;
	if (!may_write) {
		msg(ix->path, "the index has version %d, which is older than "
		    "this gp: run the pipeline once", n);
		return -1;
	}
	return forward(ix);
}
