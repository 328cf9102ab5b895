/*
 * What earlier exports said of albums, for later ones that say less. A later
 * export may bring an album's new photos without the file that has its title,
 * when the earlier export is long deleted; and an edited photo in its year
 * folder alone, though it belongs to the albums that the photo was in.
 */
#ifndef GP_LIST_TAKEOUT_KNOWN_H
#define GP_LIST_TAKEOUT_KNOWN_H

#include "gp-list/takeout/takeout-state.h"

/* Reads it from the cache into the database; writes it back. 0, or -1 with the
 * reason said. */
int takeout_known_load(struct takeout *t);
int takeout_known_save(struct takeout *t);

/* The title of the album in a folder of NAME (NFC), or NULL; the caller
 * frees. */
char *takeout_known_title(struct takeout *t, const char *name);

/* Whether an export, this one or an earlier, had an album of this TITLE, in
 * whatever case. */
bool takeout_known_album(struct takeout *t, const char *title);

/* Notes that the export at hand gives the folder of NAME this TITLE. */
void takeout_known_note_title(struct takeout *t, const char *name,
    const char *title);

/* Notes that the export at hand has the photo with address URL, unless that is
 * "", and the title PHOTO in album TITLE. */
void takeout_known_note_photo(struct takeout *t, const char *url,
    const char *photo, const char *title);

/* Sets has_earlier, for the export at hand. */
void takeout_known_set_earlier(struct takeout *t);

#endif
