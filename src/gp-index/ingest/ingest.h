/*
 * Making staged files part of the archive, a batch at a time, in this order:
 * the bytes are durable and read back; a row says "arriving"; the file gets
 * its name and the folder is synced; the row says "stored". A crash anywhere
 * leaves what recover() can judge from the row and the name alone. One bad
 * record fails by itself; only a disk or an index that is broken stops all.
 */
#ifndef GP_INDEX_INGEST_INGEST_H
#define GP_INDEX_INGEST_INGEST_H

#include "gp-index/ingest/arrival.h"
#include "gp-index/ingest/ingest-state.h"

#define INGEST_BATCH 512 /* each an open file for a moment */

/* Opens the index and recovers from what a crash left; 0, or -1 with the reason
 * said, and with S stopped where the archive is there and can't be used. */
int ingest_init(struct ingest *s, const char *archive, const char *folder);

/* Writes what is due (SHA256SUMS); 0, or -1 with the reason said.
 * ingest_release() frees what it holds. */
int ingest_finish(struct ingest *s);
void ingest_release(struct ingest *s);

/* Stores the N records of A, failed ones included (they are kept for the
 * report). Each is stored then, with `path` and `status`, or failed: all of
 * them where nothing more can be stored: false then. ingest_remove_spent() is
 * to follow. */
bool ingest_batch(struct ingest *s, struct arrival *a, size_t n);

/* Removes what the N records of a batch need no more, with GOING, what
 * ingest_batch() returned; frees what it has of them. First they must be told:
 * one that is not told has its staged record alone to say where its file came
 * from. */
void ingest_remove_spent(struct ingest *s, struct arrival *a, size_t n,
    bool going);

#endif
