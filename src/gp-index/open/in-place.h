/* An index gets its place; what was there before is kept beside it. */
#ifndef GP_INDEX_OPEN_IN_PLACE_H
#define GP_INDEX_OPEN_IN_PLACE_H

#include "lib/archive/repo.h"
#include "lib/files/publish.h"

/* The locks that are held until the index is in place: no run may be at work
 * whose photos it would not know. */
struct in_place {
	int staging, writers; /* -1 where not taken */
};

/* Whether folder A may get an index: it is an archive, or has at least a list
 * of checksums that a finished run wrote, as the folders have that come back
 * from a copy, or are of an earlier gp. Then takes both locks. 0, or -1 with
 * the reason said; in_place_end() lets go in either case. */
int in_place_begin(struct in_place *locks, struct repo *a);
void in_place_end(const struct in_place *locks);

/* Moves what SQLite may have left beside the database at PATH (-wal, -shm,
 * -journal) to PATH.WHY-N and its like. 0, or -1 with the reason said. */
int in_place_clear_tails(const char *path, const char *why);

/* Removes the index at PATH, and what SQLite left beside it, as well as can be.
 */
void in_place_remove(const char *path);

/* Moves the index at PATH, if one is there, to PATH.WHY-N, with what SQLite
 * left beside it, which is said; then gives the database at P->aside its place
 * PATH; ends P. 0, or -1 with the reason said. */
int in_place_put(struct publish *p, const char *path, const char *why);

#endif
