/* Members of an export, as they are read, into the database. */
#ifndef GP_LIST_TAKEOUT_LOAD_H
#define GP_LIST_TAKEOUT_LOAD_H

#include <stdint.h>

#include "gp-list/takeout/catalog/catalog.h"
#include "gp-list/takeout/takeout-state.h"

/* Takes a file of the part at hand into the database and the balance. */
void takeout_load(struct takeout *t, const struct catalog_member *m);

/* The hash of NAME in FOLDER, for tables name and key; KIND is
 * TAKEOUT_NAME_OF_FILE or an enum takeout_name_kind. */
int64_t takeout_hash(int64_t folder, int kind, const char *name);
#define TAKEOUT_NAME_OF_FILE (-1) /* the name of a media file itself */

#endif
