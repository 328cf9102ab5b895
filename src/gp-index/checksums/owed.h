/* Files that a list of checksums names and that are not as it says, or that the
 * index does not know, or has another sum of: each has an event, until its
 * bytes are stored ("healed", "known") or a person settles it ("accepted",
 * whose detail is "PATH: REASON": that path alone, wherever else a list names
 * the same bytes). */
#ifndef GP_INDEX_CHECKSUMS_OWED_H
#define GP_INDEX_CHECKSUMS_OWED_H

#include "gp-index/db/index.h"

/* SQL: kinds of events that tell of such a file. */
#define OWED_KINDS                                                             \
	"('missing', 'rotten', 'unreadable', 'unknown', 'contradicted')"

/* SQL: FROM and WHERE of the events e that tell of such a file and that none
 * after them settled. */
#define OWED_EVENTS                                                            \
	"event e LEFT JOIN (SELECT file AS f, max(event) AS last FROM event "  \
	"WHERE kind IN ('healed', 'known') GROUP BY file) "                    \
	"ON f = e.file WHERE e.copy = 'nas' AND e.kind IN " OWED_KINDS " "     \
	"AND e.file IS NOT NULL AND e.detail GLOB '?*/?*' "                    \
	"AND e.detail NOT GLOB '*/*/*' AND e.detail NOT GLOB '.*' "            \
	"AND ifnull(last, 0) < e.event AND e.event NOT IN "                    \
	"(SELECT o.event FROM event a CROSS JOIN event o ON o.file = a.file "  \
	"AND o.event < a.event WHERE a.kind = 'accepted' "                     \
	"AND o.detail IS NOT NULL AND substr(a.detail, 1, "                    \
	"length(o.detail) + 2) = o.detail || ': ') "                           \
	"AND NOT EXISTS (SELECT 1 FROM file s WHERE s.sha256 = e.file)"

/* Gathers them, anew, to temp.open_event (path, file, listed): it goes through
 * all events. LISTED is 0, for the caller to set. 0, or -1 with the reason
 * said. */
int owed_gather(struct index *ix);

/* Sets LISTED of PATH with these bytes, if it is one. 0, or -1 with the reason
 * said. */
int owed_set_listed(struct index *ix, const char *path,
    const uint8_t sha256[static DIGEST_SIZE]);

/* Gathers them for owed_find(), to temp.owed. Whether there is any: 1, 0, or -1
 * with the reason said. */
int owed_load(struct index *ix);

/* After owed_gather(): gives each row of TABLE (path, sha256, gone) its event,
 * "missing" where it is gone and else "unknown", unless one is open or the
 * bytes are stored. 0, or -1 with the reason said. */
int owed_note(struct index *ix, const char *table);

/* A person settles what is open of PATH: 1, 0 where nothing is, or -1 with the
 * reason said. */
int owed_accept(struct index *ix, const char *path, const char *reason);

#define OWED_UNREADABLE (-2) /* of owed_load_folder() */

/* Adds what the list of FOLDER names and the index does not have, once a run:
 * their bytes are owed, and their names taken. Whether there is any: 1, 0, or
 * -1 with the reason said; OWED_UNREADABLE with errno where the list is there
 * and can't be read: nobody knows which names are free in FOLDER then, and it
 * is read again when it is asked for again. */
int owed_load_folder(struct index *ix, const char *folder);

/* Whether a list that owed_load_folder() has read names a file FOLDED, as
 * name_fold() has it: 1, 0 or -1. */
int owed_name(struct index *ix, const char *folded);

/* Where the file with these bytes has its place, to *PATH (the caller frees);
 * NULL where none is owed, or another has the place now. 0, or -1 with the
 * reason said. */
int owed_find(struct index *ix, const uint8_t sha256[static DIGEST_SIZE],
    char **path);

/* The path of the stored file with these bytes; NULL where there is none, or
 * the index failed, as is said then. The caller frees. */
char *owed_stored_as(struct index *ix,
    const uint8_t sha256[static DIGEST_SIZE]);

#endif
