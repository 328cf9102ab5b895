/* The first of a batch's two transactions: what arrives, and under which
 * name. */
#ifndef GP_INDEX_INGEST_ANNOUNCE_H
#define GP_INDEX_INGEST_ANNOUNCE_H

#include "gp-index/ingest/arrival.h"
#include "gp-index/ingest/ingest-state.h"

/* Takes the N of A that are proved to announced, or failed where a record is at
 * fault; 0, or -1 with the reason said when the index is. */
int announce(struct ingest *s, struct arrival *a, size_t n);

/* A free name for A, the TRY-th or a later one: a->path, and its folded form
 * for the caller to free. 1; 0 with A failed, as none is left; -1 with the
 * reason said. */
int announce_place(struct ingest *s, struct arrival *a, unsigned *try,
    char **folded);

/* Fails A for its file, which is gone. STATE is NULL where nobody else has
 * stored it, else what stored_bytes_state() says of the archive's copy. */
void announce_fail_gone(struct arrival *a, const char *state);

#endif
