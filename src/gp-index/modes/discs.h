/* --rebuild: which discs there were, and what is on them. */
#ifndef GP_INDEX_MODES_DISCS_H
#define GP_INDEX_MODES_DISCS_H

#include "gp-index/db/index.h"

/* Within a write transaction, after the files: a disc whose tag files lie in
 * archived/ is archived, with the files that its manifest names. One that lies
 * in burn/ can't be judged any more: it counts as failed, so that its files are
 * packed anew and its label is not. *WRONG is raised by what is amiss, each
 * said. 0, or -1 with the reason said. */
int discs_rebuild(struct index *ix, int64_t *wrong);

/* Within a write transaction: LABEL was used once, and is not given again. 0 or
 * -1. */
int discs_remember_label(struct index *ix, const char *label);

#endif
