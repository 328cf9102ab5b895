/*
 * Failures of an export's parts, "takeout:EXPORT/PART": gp-list found the part
 * missing, cut or damaged. No photo has that id, so no photo that is stored
 * settles it. It is settled when a photo of that part is stored or known whose
 * bytes are vouched for, unless this run lists the part as failed again: of
 * each part gp-list says that before its photos.
 */
#ifndef GP_INDEX_ITEMS_PART_FAILURES_H
#define GP_INDEX_ITEMS_PART_FAILURES_H

#include <stdbool.h>
#include <stddef.h>

#include "gp-index/db/index.h"
#include "lib/record/record.h"

struct part_failure {
	char *id; /* owned; NULL: no longer looked for */
	const char *part; /* in it: what the part is called */
	size_t stem; /* bytes of that which another copy of it has, too */
	bool due; /* to be settled */
};

struct part_failures {
	struct part_failure *open; /* owned */
	size_t count;
	bool any_due;
};

/* Reads those that are open; 0, or -1 with the reason said. Release in any
 * case. part_failures_release() frees what it holds. */
int part_failures_load(struct part_failures *p, struct index *ix);
void part_failures_release(struct part_failures *p);

/* REC failed: where it is a part, that is open still. */
void part_failures_note_failed(struct part_failures *p, struct record *rec);

/* REC is stored: its part's failures are due, if it is vouched for. */
void part_failures_note_stored(struct part_failures *p, struct record *rec);

/* Within a write transaction: ends what is due; 0 or -1. */
int part_failures_end(struct part_failures *p, struct index *ix);

#endif
