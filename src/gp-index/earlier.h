/* What an earlier index left in the archive, when it is gone itself. */
#ifndef GP_INDEX_EARLIER_H
#define GP_INDEX_EARLIER_H

#include "lib/repo.h"

/* Before an index is made anew at PATH: 0, or -1 with the way out said where a
 * folder of A is ours, by its list of checksums: a new index would not know its
 * files, and every photo would come down a second time. */
int earlier_none(const struct repo *a, const char *path);

#endif
