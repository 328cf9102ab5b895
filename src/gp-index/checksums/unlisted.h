/* Files that --rebuild took in beside lines of SHA256SUMS that are no sums: one
 * of those may have been theirs, and said otherwise. Each has the event
 * "unlisted", until its bytes come again ("known", "healed") or a person
 * settles it ("accepted"); until then such a list stays as it is. */
#ifndef GP_INDEX_CHECKSUMS_UNLISTED_H
#define GP_INDEX_CHECKSUMS_UNLISTED_H

#include "gp-index/db/index.h"

/* Whether there is any: 1, 0, or -1 with the reason said. */
int unlisted_any(struct index *ix);

/* Says that FOLDER's list stays, and which of its files are in question: 1, 0
 * where there is none, or -1 with the reason said. */
int unlisted_holds(struct index *ix, const char *folder);

/* Notes that the bytes of the file at PATH have come again, and are those. 0,
 * or -1 with the reason said. */
int unlisted_mark_known(struct index *ix, const char *path);

/* A person settles the file at PATH: 1, 0 where it is none of these, or -1 with
 * the reason said. */
int unlisted_accept(struct index *ix, const char *path, const char *reason);

#endif
