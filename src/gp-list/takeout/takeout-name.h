/*
 * The names that Takeout gives to photos and to their sidecars: cut, counted,
 * edited, paired. Pure: from one name come keys, under which a sidecar is
 * stored, or probes, under which a photo's sidecar is looked for, best first.
 * Keys and probes that mean the same are the same bytes.
 *
 * Lengths are in UTF-16 units. The rules, and where each was seen:
 * google-photos-api.md, 5.4; every known name: tests/data/takeout-names.tsv.
 */
#ifndef GP_LIST_TAKEOUT_TAKEOUT_NAME_H
#define GP_LIST_TAKEOUT_TAKEOUT_NAME_H

#include <stdbool.h>

enum name_kind {
	NAME_TITLED, /* the medium that a title stands for */
	NAME_UNEXTENDED, /* the same of a title that has no extension */
	NAME_UNCOUNTED, /* the same without the counter: its sidecar's name is
			 * cut before the extension, where counters may differ
			 */
	NAME_PARTNER, /* what all files of one shot share: no extension */
	NAME_SIDECAR, /* a sidecar's own name, without .json */
	NAME_SUPPLEMENTAL /* the same without .supplemental-metadata, whole or
			   * cut */
};

/* How near a probe is to the name of the medium. */
enum name_tie {
	NAME_OWN, /* the sidecar is this medium's own */
	NAME_SHARED /* that of the photo it was made from or belongs to */
};

/* One key or probe. KEY is folded, EXACT is not; both live for this call. Of a
 * probe: false ends the probing. TIE is NAME_OWN for keys. */
typedef bool name_take(void *arg, enum name_kind kind, enum name_tie tie,
    const char *key, const char *exact);

/* NAME as the key of a comparison: NFC, case-folded, and what Google replaces
 * by
 * '_' in file names replaced. The caller frees. */
char *name_key(const char *name);

/* The keys of the sidecar NAME ("IMG_1.jpg.supplemental-metadata(2).json")
 * with TITLE, or NULL. */
void name_keys(const char *name, const char *title, name_take *take, void *arg);

/* The probes for the medium NAME, until TAKE says false. */
void name_probes(const char *name, name_take *take, void *arg);

/* Whether TITLE, as a file's name, leads to the sidecar NAME. */
bool name_explains(const char *name, const char *title);

/* The name of the medium that the sidecar NAME with TITLE (or NULL) speaks
 * for, not folded; the caller frees. */
char *name_titled(const char *name, const char *title);

/* Whether NAME ends in .json, .html or .htm. */
bool name_is_json(const char *name);
bool name_is_html(const char *name);

#endif
