/*
 * What the steps of listing one export share. Its parts are joined in a scratch
 * database (db.h): load.c puts members in, match.c gives media their sidecars,
 * date.c asks photos for their time, folder.c says what each folder is, emit.c
 * writes records.
 */
#ifndef GP_LIST_TAKEOUT_TAKEOUT_STATE_H
#define GP_LIST_TAKEOUT_TAKEOUT_STATE_H

#include <stdbool.h>
#include <stddef.h>

#include "gp-list/lister.h"
#include "gp-list/takeout/balance.h"
#include "gp-list/takeout/catalog/takeout-exports.h"
#include "gp-list/takeout/db.h"

/* What a folder of an export is. */
enum takeout_folder {
	FOLDER_PLAIN, /* the root, or Google's archive: no album */
	FOLDER_ALBUM,
	FOLDER_YEAR,
	FOLDER_TRASH
};

/* What a sidecar says, as the database has it. */
enum { FLAG_TRASHED = 1, FLAG_ARCHIVED = 2, FLAG_PARTNER = 4 };

/* How a time is noted in the database: where it is from, and whether its zone
 * was assumed. */
#define TAKEOUT_ZONE_ASSUMED 16

struct product;

/* The export at hand. */
struct takeout {
	struct lister *l;
	struct takeout_db db;
	struct balance balance;
	const struct takeout_exports *all;
	const struct takeout_export *export; /* of these */
	size_t part; /* number of the part at hand */
	struct product *product; /* of this export; owned */
	size_t products;
	char *years; /* what its year folders are called (year-folder.h) */
	bool waits; /* a part is not there, or not yet */
	bool has_google; /* of a tree: a folder as exports have it */
	bool has_page; /* Google's own, of all products */
	bool has_trash; /* some sidecar says so */
	bool trash_asked; /* --album names the trash folder */
	bool has_earlier; /* some photo was in an album of an earlier export */
	bool
	    has_elsewhere; /* places in other exports are noted (elsewhere.h) */
	bool learned; /* what no earlier run has put into the cache */
	bool *album_found; /* one for each --album; owned */
};

#endif
