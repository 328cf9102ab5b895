/* Whether what a source tells of an item is what it told before. */
#ifndef GP_INDEX_ITEMS_NOTED_H
#define GP_INDEX_ITEMS_NOTED_H

#include <stdint.h>

#include "lib/digest.h"
#include "lib/record/record.h"

/* The first 63 bits of SHA-256 over `creationTime` and `metadata` as written,
 * but for the links ("baseUrl") in it, which Google's APIs issue anew with each
 * listing. D is a digest to work with. */
int64_t noted_hash(const struct record *rec, struct digest *d);

#endif
