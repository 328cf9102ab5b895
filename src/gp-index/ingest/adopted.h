/* What is stored without a record of its own in the run: adopted, or recovered.
 * No stage writes it where the run keeps its records, so it is kept here. */
#ifndef GP_INDEX_INGEST_ADOPTED_H
#define GP_INDEX_INGEST_ADOPTED_H

#include "lib/archive/repo.h"
#include "lib/digest.h"
#include "lib/record/record.h"

/* Appends REC, which has its path and status, to the records of the run that
 * $GP_RUN names, for --rebuild. 0 (also without GP_RUN), or -1 with the reason
 * said. */
int adopted_keep(const struct repo *a, const struct record *rec);

/* The same, of REC that is stored at PATH with the bytes SHA256, which it is
 * given first. */
int adopted_keep_at(const struct repo *a, struct record *rec,
    const uint8_t sha256[static DIGEST_SIZE], const char *path);

#endif
