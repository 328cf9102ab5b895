/* Where a photo came from, as its record tells. */
#ifndef GP_LIB_RECORD_ORIGIN_H
#define GP_LIB_RECORD_ORIGIN_H

#include "lib/record/record.h"

/* Whether A and B tell of the same source, account and albums, to the letter.
 */
bool origin_is_same(const struct record *a, const struct record *b);

#endif
