/* Between a batch's two transactions: what is new gets its name in the archive,
 * what is known is compared. */
#ifndef GP_INDEX_INGEST_STORE_FILES_H
#define GP_INDEX_INGEST_STORE_FILES_H

#include "gp-index/ingest/arrival.h"
#include "gp-index/ingest/ingest-state.h"

/* Takes the N of A that are announced to named, with their folders synced, or
 * failed; 0, or -1 with the reason said when nothing more can be stored. */
int store_files(struct ingest *s, struct arrival *a, size_t n);

#endif
