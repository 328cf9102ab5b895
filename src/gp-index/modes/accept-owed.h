/* --accept of a file that SHA256SUMS names and the index does not know. */
#ifndef GP_INDEX_MODES_ACCEPT_OWED_H
#define GP_INDEX_MODES_ACCEPT_OWED_H

#include "gp-index/db/index.h"

/* Ends what the list says of the file at PATH: the event keeps its sum and
 * REASON, what is there with other bytes goes to .gp/quarantine. 1, 0 where no
 * list names PATH or the index knows it, or -1 with the reason said. */
int accept_owed(struct index *ix, const char *path, const char *reason);

#endif
