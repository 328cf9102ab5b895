/* Files that a list of sums names and that are not as it says, or that the
 * index does not know: each has an event, until its bytes come again ("healed",
 * "known") or a person settles it ("accepted"). */
#ifndef GP_INDEX_OWED_H
#define GP_INDEX_OWED_H

#include "gp-index/index.h"

/* SQL: whether event e tells of such a file, and none after it settled it. */
#define OWED_OPEN                                                              \
	"e.copy = 'nas' AND e.kind IN ('missing', 'rotten', 'unreadable', "    \
	"'unknown') AND NOT EXISTS (SELECT 1 FROM event x "                    \
	"WHERE x.file = e.file AND x.event > e.event "                         \
	"AND x.kind IN ('healed', 'known', 'accepted'))"

/* Whether there is any: 1, 0, or -1 with the reason said. */
int owed_any(struct index *ix);

/* Where the file with these bytes has its place, to *PATH (the caller frees);
 * NULL where none is owed, or another has the place now. 0, or -1 with the
 * reason said. */
int owed_find(struct index *ix, const uint8_t sha256[static DIGEST_SIZE],
    char **path);

#endif
