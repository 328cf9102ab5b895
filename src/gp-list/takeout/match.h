/* Which sidecar speaks of which media file. */
#ifndef GP_LIST_TAKEOUT_MATCH_H
#define GP_LIST_TAKEOUT_MATCH_H

#include "gp-list/takeout/takeout-state.h"

/* Gives each media file its sidecar, and its id, once all parts are loaded. */
void takeout_match(struct takeout *t);

#endif
