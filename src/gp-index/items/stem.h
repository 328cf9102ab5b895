/* The stem of a file name: what a photo and its converted copy share. */
#ifndef GP_INDEX_ITEMS_STEM_H
#define GP_INDEX_ITEMS_STEM_H

#include "gp-index/db/index.h"

/* FILENAME without its extension, folded: Google's picker makes a .jpg of a
 * .HEIC. NULL where nothing is left, or FILENAME is NULL. The caller frees. */
char *stem_of(const char *filename);

/* Teaches the index's connection two functions of SQL: gp_stem(FILENAME) and
 * gp_nfc(TEXT). No table may depend on them, so that sqlite3(1) can read all.
 */
void stem_register(struct index *ix);

#endif
