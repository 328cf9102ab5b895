/* Whether a download with a name of its own is a Google export: beside exports
 * lie other downloads too. */
#ifndef GP_LIST_TAKEOUT_GOOGLE_EXPORT_H
#define GP_LIST_TAKEOUT_GOOGLE_EXPORT_H

#include "gp-list/takeout/takeout-state.h"

/* Looks whether X is one: by its name, because a person named it, or by what is
 * in it, whose catalogs are cached; also where none of it can be read. Says so
 * where it is none. */
bool google_export_check(struct takeout *t, const struct takeout_export *x);

/* The same of the tree at hand, once it is loaded. */
bool google_export_check_tree(struct takeout *t);

/* Whether a folder of PATH is one that Google's exports have. */
bool google_export_path(const char *path);

#endif
