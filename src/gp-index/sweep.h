/* Leftovers in .gp/ that nobody wants any more. */
#ifndef GP_INDEX_SWEEP_H
#define GP_INDEX_SWEEP_H

#include "lib/repo.h"

/* Removes staged files that nobody holds and that no run has touched for long:
 * whole ones (and our own copies) for a day, `.part` ones, which a later run
 * resumes, for a quarter and a bit. Of what was to be published in .gp/ and
 * .gp/listings/, all that nobody holds. */
void sweep(const struct repo *a, int staging);

#endif
