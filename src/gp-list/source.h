/*
 * A source is one file that lists one kind of place, and a line in the table
 * of sources.c.
 */
#ifndef GP_LIST_SOURCE_H
#define GP_LIST_SOURCE_H

#include <stdbool.h>

#include "gp-list/lister.h"

/* What --album TITLE does. */
enum source_album {
	ALBUM_GIVEN, /* nothing: the source's argument is the album */
	ALBUM_NAMED, /* names the album of the items, which know none */
	ALBUM_CHOSEN /* chooses among the albums; there may be several */
};

struct source {
	const char *prefix; /* "dir:"; "" takes what no other one takes */
	/* Lists what ARG (behind the prefix) names with lister_emit(), until
	 * that says false. 0; -1 where it could not go on: reason said,
	 * l->status raised. Finding nothing is no failure here. */
	int (*list)(struct lister *l, const char *arg);
	/* The same for the albums themselves; NULL where there is no list. */
	int (*albums)(struct lister *l, const char *arg);
	const char *argument; /* what ARG is, or NULL if there need be none */
	const char *word; /* the one word that ARG may be then, or NULL */
	enum source_album album;
	const char *empty; /* what to add when nothing was found, or NULL */
};

/* The source for a SOURCE argument; *ARG points behind the prefix. NULL where
 * it looks like a prefix that is not known. */
const struct source *source_find(const char *text, const char **arg);

#endif
