/* Whether an item needs no more fetching: the index has it stored, or a person
 * has accepted its failure. Reads the index alone, and never writes to it. */
#ifndef GP_LIB_ARCHIVE_SETTLED_H
#define GP_LIB_ARCHIVE_SETTLED_H

#include <sqlite3.h>
#include <stdint.h>

#include "lib/archive/repo.h"
#include "lib/digest.h"

#define SETTLED_NO_EVENT INT64_MAX /* after which none comes */

struct settled {
	char *path; /* of the index; owned */
	sqlite3 *db; /* NULL: none, or not surely this archive's: nothing is */
	sqlite3_stmt *find;
	struct digest *digest;
	int64_t after; /* what was accepted by that event, or before it, counts
			* for nothing; 0: all counts */
};

/* Opens the index of A, for which repo_check() found nothing wrong. 0, or -1
 * with the reason said; settled_close() frees after both. */
int settled_open(struct settled *s, const struct repo *a);
void settled_close(struct settled *s);

/* As the index is at this moment. */
enum settling {
	SETTLING_FAILED = -1, /* with the reason said */
	SETTLING_OPEN,
	SETTLING_LAPSED, /* its failure, but not since then: it is open */
	SETTLING_ACCEPTED, /* its failure, by a person */
	SETTLING_STORED
};

/* The last event that the index has, 0 where there is none, and
 * SETTLED_NO_EVENT where it can't be asked, for `after`. -1 with the reason
 * said. */
int64_t settled_last_event(struct settled *s);

/* Whether the item is settled; with ALBUM, a title, it is stored only where it
 * is in an album of that title or with ALBUM_ID, too: another listing may have
 * given that another title. FILENAME, ALBUM and ALBUM_ID may be NULL. */
enum settling settled_has(struct settled *s, const char *source,
    const char *account, const char *id, const char *filename,
    const char *album, const char *album_id);

#endif
