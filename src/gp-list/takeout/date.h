/* When photos say that they were taken, where no sidecar does. */
#ifndef GP_LIST_TAKEOUT_DATE_H
#define GP_LIST_TAKEOUT_DATE_H

#include "gp-list/takeout/takeout-state.h"

/* Looks into photos of zips that no sidecar dates; what they say goes into the
 * cache, so that it is done once. */
void takeout_date(struct takeout *t);

/* Reads the times from the cache into the database; writes them back. 0, or -1
 * with the reason said. */
int takeout_times_load(struct takeout *t);
int takeout_times_save(struct takeout *t);

#endif
