/* Opening the index: where it is, on what file system, of which version, and
 * what a crash left of it. */
#ifndef GP_INDEX_OPEN_H
#define GP_INDEX_OPEN_H

#include "gp-index/index.h"

enum index_access {
	INDEX_WRITE, /* made where missing */
	INDEX_READ, /* must be there */
	INDEX_DRY /* read alone; an empty one in memory where missing */
};

/* Opens the archive (-C or NULL) and its index ($GP_INDEX). 0, or -1 with the
 * reason said. */
int index_open(struct index *ix, const char *archive, enum index_access access);
void index_close(struct index *ix);

/* The same for a new database at PATH, whatever the archive holds. */
int index_create_at(struct index *ix, const char *archive, const char *path);

/* Where A's index belongs: $GP_INDEX, else .gp/index.db. The caller frees. */
char *index_path(const struct repo *a);

#endif
