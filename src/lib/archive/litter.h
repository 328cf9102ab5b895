/* Files and folders that machines leave beside photos: thumbnails, bins,
 * folder settings. */
#ifndef GP_LIB_ARCHIVE_LITTER_H
#define GP_LIB_ARCHIVE_LITTER_H

#include <stdbool.h>

/* Whether NAME, of a file or folder, is one of those. */
bool litter_is(const char *name);

/* Whether a component of PATH is. */
bool litter_in(const char *path);

#endif
