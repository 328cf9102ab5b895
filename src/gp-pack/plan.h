/* Which file goes on which disc: in the order of time, until one is full. */
#ifndef GP_PACK_PLAN_H
#define GP_PACK_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "gp-pack/records/record-store.h"

struct plan_disc {
	int64_t first, end; /* seq: from first, before end */
	int64_t files;
	int64_t bytes; /* of the files alone */
	int64_t cost; /* with all that goes with them, as reckoned */
	bool full; /* file NEXT, of NEXT_COST bytes, does not fit */
	int64_t next, next_cost;
};

/*
 * Plans one disc from seq FIRST on, which may take BUDGET bytes of which BASE
 * are gone before the first file. Files that fit on no disc (of LARGEST bytes)
 * are marked failed (too-large) and left out. Fills DISC and, in the record
 * store, placed. 0, or -1 with the reason said.
 */
int plan_one(struct record_store *s, int64_t first, int64_t base,
    int64_t budget, int64_t largest, struct plan_disc *disc);

/* Forgets where the files of DISC were placed. 0, or -1 with the reason said.
 */
int plan_forget(struct record_store *s, const struct plan_disc *disc);

/* The files from seq FIRST on, and their bytes. 0, or -1 with the reason said.
 */
int plan_rest(struct record_store *s, int64_t first, int64_t *files,
    int64_t *bytes);

/* Marks the file SEQ failed: its records get CODE and TEXT. 0, or -1 with the
 * reason said. */
int plan_fail(struct record_store *s, int64_t seq, const char *code,
    const char *text);

#endif
