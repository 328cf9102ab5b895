/* Names of an export's members as paths. */
#ifndef GP_LIST_TAKEOUT_NAMES_TAKEOUT_PATH_H
#define GP_LIST_TAKEOUT_NAMES_TAKEOUT_PATH_H

#include <stdbool.h>

/* NAME, of a member, as a path; the caller frees. Where no '/' is in it, '\\'
 * divides folders: Windows packed it again. It is as long as NAME. */
char *takeout_path(const char *name);

/* What of PATH tells the folder: parts that were unpacked side by side have the
 * same tree below "Takeout", which is never translated; a Mac calls the later
 * ones "Takeout 2". *ROOTED: such a folder is in PATH. A part of PATH. */
const char *takeout_below(const char *path, bool *rooted);

#endif
