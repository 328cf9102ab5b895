/* What a crash left behind. */
#ifndef GP_INDEX_INGEST_RECOVER_H
#define GP_INDEX_INGEST_RECOVER_H

#include "gp-index/items/item.h"

/* Recovers every "arriving" row, with the archive's lock held (so that nobody
 * alive owns one): where the file has its name and its bytes it is stored, and
 * so is the item that came with it, and the run's records have it; where it
 * can't be read it is a failure; else the row goes and the staged file waits to
 * be adopted. 0, or -1 with the reason said. */
int recover(struct item_statements *st, struct digest *d);

/* Drops the arriving row of SHA256; 0, or -1 with the reason said. */
int recover_forget(struct index *ix, const uint8_t sha256[static DIGEST_SIZE]);

#endif
