/*
 * The balance of an export: where each of its members went. It must add up:
 * what does not is a mistake of ours and fails the run.
 */
#ifndef GP_LIST_TAKEOUT_BALANCE_H
#define GP_LIST_TAKEOUT_BALANCE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/buf.h"

enum balance_left {
	LEFT_TRASH,
	LEFT_OTHER_ALBUM, /* --album chose others */
	LEFT_LIMIT, /* --limit was reached */
	LEFT_WAITS, /* its sidecar may lie in a part that is not there */
	LEFT_DAMAGED,
	LEFT_EMPTY, /* a file of 0 bytes */
	LEFT_HTML,
	LEFT_JSON, /* JSON about neither photo nor album */
	LEFT_BROKEN, /* .json that is no JSON */
	LEFT_BIG, /* JSON too big to be a sidecar */
	LEFT_LINK,
	LEFT_SPECIAL, /* devices, pipes */
	LEFT_LITTER, /* of an unpacked tree: what its machine added */
	LEFT_PRODUCT, /* Mail, Drive and others of an account's export */
	LEFT_COUNT
};

struct balance {
	int64_t members;
	int64_t listed; /* items, at the first of their places */
	int64_t repeats; /* their other places */
	int64_t sidecars, albums; /* JSON files */
	int64_t proven; /* sidecars that can be nothing else */
	int64_t left[LEFT_COUNT];
	int64_t records; /* an item in two albums is two */
	int64_t lone; /* items without a sidecar */
	struct buf products; /* ": Drive 2, Mail 1", for LEFT_PRODUCT */
};

/* Says it, under the name of the export; false when it does not add up, which
 * is said too. */
bool balance_say(const struct balance *b, const char *export);

#endif
