/* SHA256SUMS of a folder, written from the index: `sha256sum -c` alone proves
 * the folder, without gp. */
#ifndef GP_INDEX_CHECKSUMS_CHECKSUMS_WRITE_H
#define GP_INDEX_CHECKSUMS_CHECKSUMS_WRITE_H

#include "gp-index/db/index.h"

/* Writes it for every folder that changed since it was written last, has none,
 * or lacks a line of files that nothing settled (owed.h); to be called with the
 * archive's lock held. What it says of files that the index does not know
 * stays, and comes back where it was lost, until that is settled. 0; 1, said,
 * where a list stays as it is until files are settled (unlisted.h), or a lost
 * line can't be written; or -1 with the reason said. */
int checksums_write(struct index *ix);

/* Writes FOLDER's without the line that it has of PATH, which the index does
 * not know; with the lock held too. 0, or -1 with the reason said. */
int checksums_drop(struct index *ix, const char *folder, const char *path);

/* Marks FOLDER as changed, within a write transaction; 0 or -1. */
int checksums_mark_changed(struct index *ix, const char *folder);

/* Marks the folders whose lists named, at any place, what is arriving: once
 * that is stored they are to lose those lines. Within the write transaction
 * that stores it; 0 or -1. */
int checksums_mark_arriving(struct index *ix);

#endif
