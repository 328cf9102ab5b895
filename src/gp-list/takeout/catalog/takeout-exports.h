/*
 * The exports at a path: a folder of parts, one part, or an unpacked tree.
 * Which parts belong together is told by their names alone.
 */
#ifndef GP_LIST_TAKEOUT_CATALOG_TAKEOUT_EXPORTS_H
#define GP_LIST_TAKEOUT_CATALOG_TAKEOUT_EXPORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct takeout_part {
	char *path; /* absolute */
	char *series; /* what its name has before the number */
	int64_t number; /* from 1; 0 where the name has none */
	bool arriving; /* .part, .crdownload: somebody is still writing it */
};

struct takeout_export {
	char *name; /* "takeout-20260301T040000Z" */
	char *order; /* exports are sorted by it: the time in the name */
	struct takeout_part *part; /* by series and number */
	size_t parts;
	bool tree;
	bool alone; /* one part was asked for by name: none is missing */
};

struct takeout_exports {
	struct takeout_export *export; /* oldest first */
	size_t count;
	bool unread; /* something there could not be looked at, which is said */
};

/* Finds them; 0, or -1 with the reason said. takeout_exports_release() in any
 * case. */
int takeout_exports_find(struct takeout_exports *e, const char *path);
void takeout_exports_release(struct takeout_exports *e);

/* How many parts are missing before part I of X, from number *FIRST on. */
int64_t takeout_exports_missing(const struct takeout_export *x, size_t i,
    int64_t *first);

#endif
