/* A checked copy of an index, as it is at one moment. */
#ifndef GP_INDEX_DB_SNAPSHOT_H
#define GP_INDEX_DB_SNAPSHOT_H

#include "gp-index/db/index.h"

/* Copies FROM, while others go on writing to it, to a new file at PATH, for its
 * owner alone, and proves it. It may be left there unfinished. 0, or -1 with
 * the reason said. */
int snapshot(struct index *from, const char *path);

#endif
