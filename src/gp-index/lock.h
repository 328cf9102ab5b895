/* The archive's lock: one gp-index at a time moves files in. It is held for a
 * batch in hand, never across a read of stdin or a write of stdout. */
#ifndef GP_INDEX_LOCK_H
#define GP_INDEX_LOCK_H

#include "lib/repo.h"

/* Waits for it. Its fd, to be closed to let go; -1 with the reason said. */
int lock_take(const struct repo *a);

#endif
