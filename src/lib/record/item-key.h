/* The key of an item, by which the index knows it. */
#ifndef GP_LIB_RECORD_ITEM_KEY_H
#define GP_LIB_RECORD_ITEM_KEY_H

#include <stdint.h>

#include "lib/digest.h"

/* SHA-256 of ID, NUL, FILENAME. Where ID is NULL, of FILENAME; where that is,
 * of what is before it. */
void item_key(struct digest *d, const char *id, const char *filename,
    uint8_t key[static DIGEST_SIZE]);

#endif
