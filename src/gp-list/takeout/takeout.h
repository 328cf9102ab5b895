/*
 * takeout: Google Takeout exports of Photos, from their parts as they come.
 * The parts of one export are joined in a scratch database (db.h):
 * load.c puts members in, folder.c says what each folder is,
 * match.c gives media their sidecars, emit.c writes records.
 */
#ifndef GP_LIST_TAKEOUT_TAKEOUT_H
#define GP_LIST_TAKEOUT_TAKEOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gp-list/lister.h"
#include "gp-list/takeout/balance.h"
#include "gp-list/takeout/catalog.h"
#include "gp-list/takeout/db.h"
#include "gp-list/takeout/exports.h"

/* What a folder of an export is. */
enum takeout_folder {
	FOLDER_PLAIN, /* the root, or the archive: no album */
	FOLDER_ALBUM,
	FOLDER_YEAR,
	FOLDER_TRASH
};

enum { SIDECAR_TRASHED = 1, SIDECAR_ARCHIVED = 2, SIDECAR_PARTNER = 4 };

/* The export at hand. */
struct takeout {
	struct lister *l;
	struct takeout_db db;
	struct balance balance;
	const struct export *export;
	size_t part; /* number of the part at hand */
	bool waits; /* a part is not there, or not yet */
	bool has_trash; /* some sidecar says so */
	bool trash_asked; /* --album names the trash folder */
	bool has_earlier; /* some photo was in an album of an earlier export */
	bool learned; /* what earlier runs did not keep */
	bool *album_seen; /* one for each --album; owned */
};

/* Takes a file of the part at hand into the database and the balance. */
void takeout_load(struct takeout *t, const struct catalog_member *m);

/* Lists what can't be read as a failed record; WHAT, which follows the
 * export's name in the id, is a part, or a part and a member of it. */
void takeout_emit_failed(struct takeout *t, const char *what, const char *code,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Gives each medium its sidecar, and its id, once all parts are loaded. */
void takeout_match(struct takeout *t);

/* Looks into photos of zips that no sidecar dates; what they say is kept in
 * .gp/listings, so that it is done once. */
void takeout_date(struct takeout *t);

/* Decides what each folder is, and what is in the trash. */
void takeout_judge_folders(struct takeout *t);

/* Writes the records, in the order of the parts. */
void takeout_emit(struct takeout *t);

/* Writes the albums of all exports seen (--albums). */
void takeout_emit_albums(struct takeout *t);

/* How a time is noted in the database: where it is from, and whether its zone
 * was assumed. */
#define TAKEOUT_ZONE_ASSUMED 16

/* The times of photos, as the titles below. */
int takeout_times_load(struct takeout *t);
int takeout_times_save(struct takeout *t);

/* Titles of albums that earlier exports named, in .gp/listings: reads them
 * into the database; puts those of the export at hand there; writes them back.
 * 0, or -1 with the reason said. */
int takeout_known_load(struct takeout *t);
int takeout_known_save(struct takeout *t);

/* Which albums photos were in, as the titles above. */
int takeout_belongs_load(struct takeout *t);
int takeout_belongs_save(struct takeout *t);

/* Sets has_earlier, for the export at hand. */
void takeout_belongs_begin(struct takeout *t);

/* Notes that the export at hand has the photo with address URL, unless that is
 * "", in album TITLE. */
void takeout_belongs_note(struct takeout *t, const char *url,
    const char *title);

/* Whether --album names TITLE (case aside), which is noted. */
bool takeout_album_is_chosen(struct takeout *t, const char *title);

/* The hash of NAME in FOLDER, for tables name and key. */
int64_t takeout_hash(int64_t folder, int kind, const char *name);

#endif
