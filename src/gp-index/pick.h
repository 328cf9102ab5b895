/* --export: which files are meant, and in which order. */
#ifndef GP_INDEX_PICK_H
#define GP_INDEX_PICK_H

#include "gp-index/index.h"
#include "gp-index/modes.h"

/* Fills temp.picked (n, sha256, taken), n counting from 1 by time taken, then
 * path, and temp.wanted (album) with the albums that --album names. 0, or -1
 * with the reason said, also where there is no such album or disc. */
int pick_files(struct index *ix, const struct options *opt);

#endif
