/*
 * Superseded copies. A file that came from Google's APIs alone is re-encoded,
 * and what came from damaged parts of exports alone may be damaged; once the
 * original of the same photo is stored, the copy is superseded by it: it stays
 * in the archive, goes on no disc and is not counted twice.
 *
 * The same photo: an album, the stem of the name, the second it was taken and
 * the kind (image, video) in common. A burst can have all of these in common,
 * and a photo wrongly superseded would be on no disc. So a copy is superseded
 * only where one original answers, no other item of the same sign-in (but for
 * exports, which show a photo again and again) and none that waits to be
 * stored; whatever brings a doubt later takes it back. The state follows from
 * the rows alone: in which order they came, and how often the work was
 * interrupted, makes no difference.
 */
#ifndef GP_INDEX_ITEMS_SUPERSEDE_H
#define GP_INDEX_ITEMS_SUPERSEDE_H

#include <stdint.h>

#include "gp-index/db/index.h"
#include "lib/buf.h"

struct supersede {
	struct index *ix;
	sqlite3_stmt *group, *around, *promote, *self, *rivals, *set;
	struct buf found; /* checksums of a group, one after the other */
};

/* Prepares its statements; IX must outlive S. supersede_release() frees what it
 * holds. */
void supersede_init(struct supersede *s, struct index *ix);
void supersede_release(struct supersede *s);

/* Within a write transaction: judges FILE and every file of which an item has
 * that STEM and was TAKEN at that second; each may be NULL. 0, or -1 with the
 * reason said. */
int supersede_judge(struct supersede *s, const int64_t *taken, const char *stem,
    const uint8_t *file);

/* Within a write transaction: the file's bytes came as an original too. 0 or
 * -1. */
int supersede_promote(struct supersede *s,
    const uint8_t sha256[static DIGEST_SIZE]);

/* Within a write transaction: judges all files that could be copies.
 * 0, or -1 with the reason said. */
int supersede_all(struct index *ix);

#endif
