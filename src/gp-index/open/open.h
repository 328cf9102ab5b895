/* Opening the index: where it is, on what file system, of which version, and
 * what a crash left of it. */
#ifndef GP_INDEX_OPEN_OPEN_H
#define GP_INDEX_OPEN_OPEN_H

#include "gp-index/db/index.h"

enum index_access { INDEX_WRITE, INDEX_READ };

/* Opens the archive (-C or NULL) and its index ($GP_INDEX), which must be there
 * and belong together. 0, or -1 with the reason said; IX is closed then, and
 * its `failed` tells whether all was set up well and the index is at fault.
 * index_close() closes it. */
int index_open(struct index *ix, const char *archive, enum index_access access);
void index_close(struct index *ix);

/* The same for a database at PATH, made where missing, that is not the index
 * yet; nothing is asked of archive and index, and the folder need be no
 * archive.
 */
int index_open_aside(struct index *ix, const char *archive, const char *path);

/* Makes the index at PATH, where none is, for A, which has an id, and whose
 * lock is held: whole, or none. 0, or -1 with the reason said. */
int index_make(const struct repo *a, const char *path);

#endif
