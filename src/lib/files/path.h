/* The pieces of a path. */
#ifndef GP_LIB_FILES_PATH_H
#define GP_LIB_FILES_PATH_H

#include <stdbool.h>

/* What stands behind the last '/' of PATH, or all of it; a part of PATH. */
const char *path_base(const char *path);

/* The folder that PATH lies in: "." where it names none. The caller frees. */
char *path_folder(const char *path);

/* Whether PATH is ENDING with something before it. */
bool path_ends_in(const char *path, const char *ending);

/* What stands before the first '/' of PATH, or all of it. The caller frees. */
char *path_first(const char *path);

#endif
