/* The archive's lock: one gp-index at a time moves files in. It is held for a
 * batch in hand, never across a read of stdin or a write of stdout. */
#ifndef GP_INDEX_DB_LOCK_H
#define GP_INDEX_DB_LOCK_H

#include "lib/archive/repo.h"

/* Waits for it. Its fd, to be closed to let go; -1 with the reason said. */
int lock_take(const struct repo *a);

/* Takes the lock of .gp/staging whole (lib/archive/staging-lock.h): no run is
 * at work, and none begins. Its fd, to be closed to let go; -1 with the reason
 * said, also where one is at work: nobody waits for it. */
int lock_take_staging(const struct repo *a);

#endif
