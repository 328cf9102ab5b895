/* SHA256SUMS of a folder, written from the index: `sha256sum -c` alone proves
 * the folder, without gp. */
#ifndef GP_INDEX_CHECKSUMS_CHECKSUMS_WRITE_H
#define GP_INDEX_CHECKSUMS_CHECKSUMS_WRITE_H

#include "gp-index/db/index.h"

/* Writes it for every folder that changed since it was written last, or has
 * none; to be called with the archive's lock held. What it says of files that
 * the index does not know stays. 0; 1, said, where a list stays as it is until
 * files are settled (unlisted.h); or -1 with the reason said. */
int checksums_write(struct index *ix);

/* Writes FOLDER's without the line that it has of PATH, which the index does
 * not know; with the lock held too. 0, or -1 with the reason said. */
int checksums_drop(struct index *ix, const char *folder, const char *path);

/* Marks FOLDER as changed, within a write transaction; 0 or -1. */
int checksums_mark_changed(struct index *ix, const char *folder);

/* Marks the folders of files of which lists said another sum than the index
 * has, and that nothing has settled: such a line goes once its bytes are
 * stored, and comes back where it is lost. 0 or -1. */
int checksums_mark_contradicted(struct index *ix);

#endif
