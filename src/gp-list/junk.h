/* Files and folders that machines leave beside photos: thumbnails, bins,
 * folder settings. */
#ifndef GP_LIST_JUNK_H
#define GP_LIST_JUNK_H

#include <stdbool.h>

/* Whether NAME, of a file or folder, is one of those. */
bool junk_is(const char *name);

/* Whether a component of PATH is. */
bool junk_in(const char *path);

#endif
