/* What the SHA256SUMS that is there says of files that the index does not know:
 * often the only proof of what their bytes were, or that they were there. */
#ifndef GP_INDEX_CHECKSUMS_CHECKSUMS_KEEP_H
#define GP_INDEX_CHECKSUMS_CHECKSUMS_KEEP_H

#include "gp-index/db/index.h"

/* After owed_gather(): fills temp.kept (path, folded, sha256) with the lines of
 * FOLDER's list, open as DIR, that a new list must have too: of files that the
 * index does not know, or has another sum of; each has an event. A list with
 * lines that are none of ours is copied to .gp/quarantine first. DROPPED,
 * unless NULL, is a path whose lines a person settled. 0; 1, said, where the
 * list stays as it is until files are settled (unlisted.h); or -1 with the
 * reason said: then it must stay as it is, too. */
int checksums_keep(struct index *ix, int dir, const char *folder,
    const char *dropped);

#endif
