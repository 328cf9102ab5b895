/*
 * The exports at a path: a folder of parts, one part, or an unpacked tree.
 * Which parts belong together is told by their names alone.
 */
#ifndef GP_LIST_TAKEOUT_EXPORTS_H
#define GP_LIST_TAKEOUT_EXPORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct export_part {
	char *path; /* absolute */
	char *series; /* what its name has before the number */
	int64_t number; /* from 1; 0 where the name has none */
	bool arriving; /* .part, .crdownload: somebody is still writing it */
};

struct takeout_export {
	char *name; /* "takeout-20260301T040000Z" */
	char *order; /* exports are sorted by it: the time in the name */
	struct export_part *part; /* by series and number */
	size_t parts;
	bool tree;
	bool alone; /* one part was asked for by name: none is missing */
};

struct exports {
	struct takeout_export *export; /* oldest first */
	size_t count;
};

/* Finds them; 0, or -1 with the reason said. exports_release() in any case. */
int exports_find(struct exports *e, const char *path);
void exports_release(struct exports *e);

/* How many parts are missing before part I of X, from number *FIRST on. */
int64_t exports_missing(const struct takeout_export *x, size_t i,
    int64_t *first);

#endif
