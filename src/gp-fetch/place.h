/* Where a record says that its bytes are: `url` and `member`, then each of
 * `alt`. */
#ifndef GP_FETCH_PLACE_H
#define GP_FETCH_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/record.h"

struct place {
	char *url; /* owned */
	char *member; /* of the part at url; owned; NULL: url is all */
};

/* Place N of REC, 0 is the first; false where there is none, or it has no
 * url, or (of alt) a member that is no text. The caller releases. */
bool place_read(struct place *p, struct record *rec, size_t n);

void place_release(struct place *p);

/* Whether the part at PATH can only be read from front to end: no zip, or a
 * zip that was cut. */
bool place_is_stream(const char *path);

#endif
