/* The index and its archive know each other, by an id that both have. */
#ifndef GP_INDEX_OPEN_PAIR_H
#define GP_INDEX_OPEN_PAIR_H

#include "gp-index/db/index.h"

/* Makes sure that the index is that of its archive. Where one of them has no
 * id, as an earlier gp left it, and they fit together in every file, both get
 * one, if MAY_WRITE. 0, or -1 with the reason said. */
int pair_up(struct index *ix, bool may_write);

#endif
