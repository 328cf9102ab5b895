/* Where a record says that its bytes are: `url` and `member`, then each of
 * `alt`. */
#ifndef GP_FETCH_LOCATION_H
#define GP_FETCH_LOCATION_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/record/record.h"

struct location {
	char *url; /* owned */
	char *member; /* of the part at url; owned; NULL: url is all */
};

/* Place N of REC, 0 is the first; false where there is none, or it has no
 * url, or (of alt) a member that is no text. The caller frees both. */
bool location_read(struct location *p, struct record *rec, size_t n);

/* The path that a file: URL means, decoded; the caller frees. NULL when it is
 * none (another host, no absolute path, a NUL). */
char *location_path(const char *url);

/* Whether the part at PATH can only be read from front to end: no zip, or a
 * zip that was cut. */
bool location_is_stream(const char *path);

#endif
