/* A database for one run's work: no other process sees it, and it is gone with
 * who made it. */
#ifndef GP_LIB_ARCHIVE_SCRATCH_DB_H
#define GP_LIB_ARCHIVE_SCRATCH_DB_H

#include <sqlite3.h>
#include <stdbool.h>

#include "lib/archive/repo.h"

/* Makes one in folder FOLDER of A's .gp, without a name, a journal, or waiting
 * for the disk; what killed runs left of theirs goes first. 0, or -1 with the
 * reason said. The caller closes *DB in any case. */
int scratch_db_open(const struct repo *a, const char *folder, sqlite3 **db);

/* Says why DB, in folder FOLDER, failed, unless *FAILED says that it was said;
 * sets it. -1 always. */
int scratch_db_fail(sqlite3 *db, const char *folder, bool *failed);

#endif
