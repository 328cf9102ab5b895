/* The version of the index (PRAGMA user_version) and its way forward. */
#ifndef GP_INDEX_OPEN_MIGRATE_H
#define GP_INDEX_OPEN_MIGRATE_H

#include <stdbool.h>

#include "gp-index/db/index.h"

/* Brings the index to INDEX_VERSION, if MAY_WRITE; a newer one is refused, an
 * older or empty one too where nothing may be written. 0, or -1 with the
 * reason said. */
int migrate(struct index *ix, bool may_write);

#endif
