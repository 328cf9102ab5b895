/* A temporary folder in the archive's place, for what is listed without one. */
#ifndef GP_LIST_SCRATCH_H
#define GP_LIST_SCRATCH_H

#include "lib/archive/repo.h"

/* Makes it below $TMPDIR, or /tmp. 0, or -1 with the reason said. */
int scratch_make(struct repo *a);

/* Removes it, as well as can be; A is still to be closed. */
void scratch_remove(struct repo *a);

#endif
