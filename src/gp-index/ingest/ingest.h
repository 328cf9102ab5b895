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

/* A's record was read, or failed: opens the staged file that it names, whose
 * bytes begin to leave for the disk. */
void ingest_open(struct ingest *s, struct arrival *a);

/* Stores the N records of A, failed ones included (they are kept for the
 * report), each of which was opened. False where nothing more can be stored. Of
 * each ingest_answer() and ingest_end() are to follow, with what this returned
 * as GOING. */
bool ingest_batch(struct ingest *s, struct arrival *a, size_t n);

/* What is to be written of A: it is stored, with `path` and `status`, or
 * failed; where nothing more can be stored all are. */
void ingest_answer(struct ingest *s, struct arrival *a, bool going);

/* Removes what A needs no more, and frees what a batch had of it. First it must
 * be told: one that is not told has its staged record alone to say where its
 * file came from. What a long line needed is given back. */
void ingest_end(struct ingest *s, struct arrival *a, bool going);

#endif
