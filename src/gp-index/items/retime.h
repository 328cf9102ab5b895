/* The time that a file of the archive shows: when it was taken. */
#ifndef GP_INDEX_ITEMS_RETIME_H
#define GP_INDEX_ITEMS_RETIME_H

#include "gp-index/db/index.h"
#include "lib/record/record.h"

/* Gives the file FD the time that REC says it was taken, if it says one. That
 * it can't is no failure: a file system that can't hold the time still holds
 * the file. */
void retime_fd(int fd, struct record *rec);

/* Prepares the statement for retime(); the caller finalizes. */
sqlite3_stmt *retime_prepare(struct index *ix);

/* Within a write transaction: gives the file SHA256 the corrected time TO, in
 * seconds, by statement S, where what the index has is FROM (NULL: none); on
 * the disk too, if it lies there as it was stored, to the nanosecond where REC
 * says the same time. 0 or -1. */
int retime(struct index *ix, sqlite3_stmt *s, const uint8_t *sha256,
    const int64_t *from, int64_t to, struct record *rec);

#endif
