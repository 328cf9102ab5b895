/* What the listing of a picking session told: each item, and whether it was
 * left for the next run. */
#ifndef GP_LIST_GOOGLE_TOLD_H
#define GP_LIST_GOOGLE_TOLD_H

#include <json-c/json_object.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/archive/settled.h"
#include "lib/buf.h"

struct told_item {
	char *id; /* owned, "" where it had none */
	char *filename; /* owned, or NULL */
	bool left;
};

struct told {
	struct told_item *item;
	size_t n, cap;
};

/* Adds an item; ID and FILENAME may be NULL. */
void told_add(struct told *t, const char *id, const char *filename, bool left);

/* Adds what FROM has and T has not. */
void told_merge(struct told *t, const struct told *from);

/* Appends the arrays "told" and "left" to an object in B. */
void told_write(const struct told *t, struct buf *b);

/* Adds the items of both arrays of O; -1 where they are none. */
int told_read(struct told *t, struct json_object *o);

/* Whether every item of ACCOUNT is settled, in ALBUM unless that is NULL, and
 * none was left: 1, 0, or -1 with the reason said. Names one whose acceptance
 * has lapsed. */
int told_settled(const struct told *t, struct settled *index,
    const char *account, const char *album);

/* Says by name what is lost with the session: how many items are not settled,
 * and of how many that are stored the place in ALBUM, unless that is NULL, is.
 * 0, or -1 with the reason said. */
int told_say_lost(const struct told *t, struct settled *index,
    const char *account, const char *album, int *lost, int *misplaced);

/* Frees the items; T is empty then. */
void told_release(struct told *t);

#endif
