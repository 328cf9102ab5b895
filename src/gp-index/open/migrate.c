#include "gp-index/open/migrate.h"

#include <stdio.h>

#include "gp-index/db/archive-row.h"
#include "gp-index/items/stem.h"
#include "gp-index/items/supersede.h"
#include "lib/archive/repo-index.h"
#include "lib/program/msg.h"

static const char schema[] =
#include "schema.inc"
    ;

/* Version 2 finds the copies of a photo, by the second it was taken and the
 * stem of its name; and no two files have one place on a disc. */
static const char second[] =
    "ALTER TABLE item ADD COLUMN stem TEXT;"
    "UPDATE item SET stem = gp_stem(filename);"
    "CREATE INDEX item_taken ON item (taken, stem) WHERE taken IS NOT NULL;"
    "CREATE UNIQUE INDEX disc_file_path ON disc_file (disc, path)";

/* Version 3 knows of which albums a failed item is: it need not be in `item`.
 */
static const char third[] =
    "CREATE TABLE failure_album ("
    "source TEXT NOT NULL, account TEXT NOT NULL, id TEXT NOT NULL, "
    "album INTEGER NOT NULL REFERENCES album (album), "
    "PRIMARY KEY (source, account, id, album), "
    "FOREIGN KEY (source, account, id) REFERENCES failure ON DELETE CASCADE"
    ") WITHOUT ROWID;"
    "CREATE INDEX failure_album_album ON failure_album (album)";

/* Version 4 knows of which archive it is: no row before that is decided. */
static const char fourth[] =
    "CREATE TABLE archive ("
    "one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL)";

/* Version 5 knows in which picking session an item was last shown. */
static const char fifth[] = "ALTER TABLE item ADD COLUMN session TEXT";

/* Version 6 keeps the record of what arrives, so that a crash loses no origin.
 */
static const char sixth[] = "ALTER TABLE arriving ADD COLUMN record TEXT";

/* Version 7 knows from when an item's metadata and an album's title are. The
 * hash of what was noted has no album in it any more. */
static const char seventh[] = "ALTER TABLE item ADD COLUMN as_of INTEGER;"
			      "ALTER TABLE album ADD COLUMN as_of INTEGER;"
			      "UPDATE item SET noted = NULL";

/* Version 8 knows the same of what an item has from an older version, for the
 * newest says nothing of it. */
static const char eighth[] =
    "ALTER TABLE item ADD COLUMN taken_as_of INTEGER;"
    "ALTER TABLE item ADD COLUMN metadata_as_of INTEGER;"
    "UPDATE item SET taken_as_of = as_of, metadata_as_of = as_of";

/* migrations[N] leads from version N to N + 1 */
static const char *const migrations[INDEX_VERSION] = { schema, second, third,
	fourth, fifth, sixth, seventh, eighth };

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
	int first, n;

	stem_register(ix);
	if (index_begin_write(ix) < 0)
		return -1;
	first = index_version(ix);
	for (n = first; n >= 0 && n < INDEX_VERSION; n++) {
		if (step_forward(ix, n) < 0) {
			n = -1;
			break;
		}
	}
	if (n >= 0 && first == 0 && !ix->aside && *ix->archive.id != '\0')
		n = archive_row_set(ix, ix->archive.id);
	if (n < 0 || supersede_all(ix) < 0) {
		index_rollback(ix);
		return -1;
	}
	return index_commit(ix);
}

int
migrate(struct index *ix, bool may_write)
{
	int n = index_version(ix);

	if (n < 0)
		return -1;
	if (n > INDEX_VERSION) {
		msg(ix->path,
		    "the index has version %d, this gp knows %d: install a "
		    "newer gp",
		    n, INDEX_VERSION);
		return -1;
	}
	if (n == INDEX_VERSION)
		return 0;
	if (n == 0 && !ix->aside &&
	    repo_index_check_empty(&ix->archive, ix->path) < 0)
		return -1;
	if (!may_write && n == 0) {
		msg(ix->path,
		    "the index is empty, for its first run was "
		    "stopped: run the pipeline again");
		return -1;
	}
	if (!may_write) {
		msg(ix->path,
		    "the index has version %d, which is older than "
		    "this gp: run the pipeline once",
		    n);
		return -1;
	}
	return forward(ix);
}
