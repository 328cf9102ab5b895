/* What every disc of a run gets besides photos. */
#ifndef GP_PACK_BAG_EXTRAS_H
#define GP_PACK_BAG_EXTRAS_H

#include "gp-pack/bag/bag.h"

/* How the names of the index's snapshot in .gp/packing begin, and of what
 * SQLite puts beside it; as THUMBS_SCRATCH. */
#define EXTRAS_SCRATCH "index."

/* Takes a snapshot of the index and finds gp's source; what is not there is
 * left out, which is said. 0, or -1 with the reason said. */
int extras_gather(struct extras *x, const struct repo *a);

/* Removes the snapshot, frees. */
void extras_release(struct extras *x);

#endif
