/*
 * The names that Takeout gives to photos and to their sidecars: cut, counted,
 * edited, paired. Pure: from one name come keys, under which a sidecar is
 * stored, or lookups, under which a photo's sidecar is looked for, best first.
 * Keys and lookups that mean the same are the same bytes.
 *
 * Lengths are in UTF-16 units. Every known name, a row
 * a case: tests/data/takeout-names.tsv.
 */
#ifndef GP_LIST_TAKEOUT_NAMES_TAKEOUT_NAME_H
#define GP_LIST_TAKEOUT_NAMES_TAKEOUT_NAME_H

#include <stdbool.h>

enum takeout_name_kind {
	TAKEOUT_NAME_TITLED, /* the media file that a title stands for */
	TAKEOUT_NAME_UNEXTENDED, /* the same of a title that has no extension */
	TAKEOUT_NAME_UNCOUNTED, /* the same without the counter: its sidecar's
				 * name is cut before the extension, where
				 * counters may differ
				 */
	TAKEOUT_NAME_PARTNER, /* what all files of one shot share: no extension
			       */
	TAKEOUT_NAME_SIDECAR, /* a sidecar's own name, without .json */
	TAKEOUT_NAME_SUPPLEMENTAL /* the same without .supplemental-metadata,
				   * whole or cut */
};

/* How near a lookup is to the name of the media file. */
enum takeout_name_tie {
	TAKEOUT_NAME_OWN, /* the sidecar is this media file's own */
	TAKEOUT_NAME_SHARED /* that of the photo it was made from or belongs to
			     */
};

/* One key or lookup. KEY is folded, EXACT is not; both live for this call. Of a
 * lookup: false ends the search. TIE is TAKEOUT_NAME_OWN for keys. */
typedef bool takeout_name_take(void *arg, enum takeout_name_kind kind,
    enum takeout_name_tie tie, const char *key, const char *exact);

/* NAME as the key of a comparison: NFC, case-folded, and what Google replaces
 * by
 * '_' in file names replaced. The caller frees. */
char *takeout_name_key(const char *name);

/* The keys of the sidecar NAME ("IMG_1.jpg.supplemental-metadata(2).json")
 * with TITLE, or NULL. */
void takeout_name_keys(const char *name, const char *title,
    takeout_name_take *take, void *arg);

/* The lookups for the media file NAME, until TAKE says false. */
void takeout_name_lookups(const char *name, takeout_name_take *take, void *arg);

/* Whether TITLE, as a file's name, leads to the sidecar NAME. */
bool takeout_name_explains(const char *name, const char *title);

/* The name of the media file that the sidecar NAME with TITLE (or NULL) speaks
 * for, not folded; the caller frees. */
char *takeout_name_titled(const char *name, const char *title);

/* Whether NAME ends in .json, .html or .htm. */
bool takeout_name_is_json(const char *name);
bool takeout_name_is_html(const char *name);

#endif
