/* Whether a database is whole, as SQLite sees it. */
#ifndef GP_INDEX_DB_INTEGRITY_H
#define GP_INDEX_DB_INTEGRITY_H

#include "gp-index/db/index.h"

/* integrity_check and foreign_key_check, each complaint said. How many there
 * were, or -1 with the reason said: also where the file could not be read, for
 * then they prove nothing. */
int64_t integrity_check(struct index *ix);

/* What kept SQLite from reading the file of IX, as errno; 0 where nothing did.
 * SQLite itself calls a page damaged that the disk did not give. */
int integrity_read_error(const struct index *ix);

#endif
