/* Whether what the index has as stored is there, and as it was: before the last
 * other copy of it goes, or its origin is noted. */
#ifndef GP_INDEX_INGEST_STORED_BYTES_H
#define GP_INDEX_INGEST_STORED_BYTES_H

#include "gp-index/ingest/ingest-state.h"
#include "lib/archive/staged-record.h"

/* Whether the archive's file at PATH has these bytes: "ok", or as an event's
 * kind "missing", "rotten" or "unreadable". */
const char *stored_bytes_state(const struct repo *a, const char *path,
    const uint8_t sha256[static DIGEST_SIZE], struct digest *d);

/* Whether the archive's file at PATH has the bytes that PROOF tells of: 1, 0,
 * or -1 where it can't be read. */
int stored_bytes_prove(const struct ingest *s, const char *path,
    const struct staged_proof *proof);

/* A file that an item with KEY is stored as, of whatever source and account,
 * whose bytes lie there as they were stored, and are those that PROOF tells of
 * unless that is NULL: 1, with its sum in SHA256, 0 where there is none, or -1
 * where one can't be read or the index failed, which is said. */
int stored_bytes_find(struct ingest *s, const uint8_t key[static DIGEST_SIZE],
    const struct staged_proof *proof, uint8_t sha256[static DIGEST_SIZE]);

#endif
