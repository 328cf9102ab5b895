/*
 * Which of two versions of what a source says of an item is the newer, in
 * whatever order they come. The newest may say nothing of when it was taken, or
 * have no metadata: then that of the newest that does stays.
 * What a record says whose photo can't be vouched for ("original": "unknown",
 * of a damaged part of an export) is older than what any other says.
 */
#ifndef GP_INDEX_ITEMS_VERSION_H
#define GP_INDEX_ITEMS_VERSION_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/digest.h"
#include "lib/record/record.h"

#define VERSION_UNDATED INT64_MIN

/* One that came as a record. */
struct version {
	int64_t hash; /* of what may be corrected, as listed */
	/* when the source said so; VERSION_UNDATED: not known; long before all
	 * times where it can't be vouched for */
	int64_t as_of;
	bool ahead; /* it says a time to come: as_of is now */
	bool from_takeout; /* from an export: as it was then, for good */
};

/* Reads it; D is a digest to work with. */
void version_read(struct version *v, struct record *rec, struct digest *d);

/* What the index has noted of an item, and from when that is. */
struct version_noted {
	bool has; /* anything */
	int64_t hash, as_of;
};

/* Columns I (the hash) and I + 1 (from when) of S, which is on a row. A time
 * that is still to come is none: it is of a clock that was ahead, and nothing
 * would be newer for as long. */
struct version_noted version_read_noted(sqlite3_stmt *s, int i);

/* Whether V as a whole takes the place of what is NOTED, whichever comes first.
 * LAST decides between two that are not dated: whether V is. */
bool version_is_newer(const struct version *v,
    const struct version_noted *noted, bool last);

/* What a record says of its item and may correct. */
struct said {
	bool has_taken;
	int64_t taken; /* seconds since 1970 */
	const char *metadata; /* the record's own, of SIZE bytes, or NULL */
	size_t size;
};

/* Reads it; it lives as long as REC is unchanged. */
struct said said_read(struct record *rec);

/* Leaves in SAID, of V, what takes the place of columns I to I + 3 of S: taken,
 * from when, metadata, from when. S is on a row, of which NOTED is noted;
 * NEWER: V is, as a whole. Of two of one time the greater value stays. */
void said_drop_older(struct said *said, sqlite3_stmt *s, int i,
    const struct version *v, const struct version_noted *noted, bool newer);

#endif
