/* Where files go that are not what they should be: nothing is deleted. */
#ifndef GP_INDEX_INGEST_QUARANTINE_H
#define GP_INDEX_INGEST_QUARANTINE_H

#include <stdint.h>

#include "lib/archive/repo.h"
#include "lib/digest.h"

/* Moves what is at BASE below folder DIR to .gp/quarantine/, named by SHA256,
 * the bytes it should have; nothing there is fine. 0, or -1 with errno, and in
 * *WHAT (constant, to stand before the path) what failed. */
int quarantine_move(const struct repo *a, int dir, const char *base,
    const uint8_t sha256[static DIGEST_SIZE], const char **what);

#endif
