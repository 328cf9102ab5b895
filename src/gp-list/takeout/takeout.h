/* takeout:PATH, as a source of gp-list. */
#ifndef GP_LIST_TAKEOUT_TAKEOUT_H
#define GP_LIST_TAKEOUT_TAKEOUT_H

#include "gp-list/lister.h"

/* Lists the exports at path ARG, oldest first; 0, or -1 with the reason
 * said. */
int takeout_list(struct lister *l, const char *arg);

/* The same for their albums: one record an album. */
int takeout_albums(struct lister *l, const char *arg);

#endif
