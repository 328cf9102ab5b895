/* An item of Google's APIs, whichever API it came by, as a record. */
#ifndef GP_LIST_GOOGLE_MEDIA_ITEM_H
#define GP_LIST_GOOGLE_MEDIA_ITEM_H

#include "gp-list/google/pages.h"

struct media_item {
	const struct page_item *from;
	const char *source; /* "library", "picker" */
	const char *id, *filename, *mime, *created, *base_url; /* or NULL */
	const char *state; /* of a video: "PROCESSING", ... or NULL */
	struct json_object *size; /* what has width and height, or NULL */
	bool video;
	const char *album_id, *album_title; /* or NULL */
	const char *session; /* picker, or NULL */
};

/* The `filename` of O, with '_' for each NUL inside, which no file's name can
 * hold; NULL where O has none. O keeps it. */
const char *media_item_filename(struct json_object *o);

/* Makes the record, marks what is wrong with it, sends it. A video that is
 * not ready is left for the next run. false: --limit is reached. */
bool media_item_emit(struct lister *l, const struct media_item *item);

#endif
