/* `metadata` of a Takeout record: the whole sidecar, and what we add to it. */
#ifndef GP_LIST_TAKEOUT_META_H
#define GP_LIST_TAKEOUT_META_H

#include <stdbool.h>

#include "gp-list/media/media.h"
#include "lib/record/record.h"

/* What a member "gp" of the metadata tells. */
struct meta {
	bool partner; /* it came by partner sharing */
	bool unproved; /* the sidecar's part can't vouch for what it says */
	enum media_time time_from; /* where the time is not the sidecar's */
	bool zone_assumed; /* of that time */
};

/* Sets metadata of REC, if it has room for it, from SIDECAR, a JSON text on one
 * line (a catalog has it so) of which numbers and strings stay to the letter,
 * or NULL. */
void meta_set(struct record *rec, const char *sidecar, const struct meta *meta);

#endif
