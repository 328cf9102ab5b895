/* A stored file that is missing or rotten gets its bytes back. */
#ifndef GP_INDEX_INGEST_HEAL_H
#define GP_INDEX_INGEST_HEAL_H

#include "gp-index/db/index.h"

/* What is to be put where. */
struct heal {
	int staging;
	const char *name; /* of the staged file there, whose bytes are proved */
	const char *path; /* below the archive */
	const uint8_t *sha256;
};

/* Puts the staged file in its place; what was there is kept in .gp/quarantine/.
 * The event is kept. 1; 0 with errno where this one can't be healed, and in
 * *WHAT (constant, to stand before the path) what failed; -1 with the reason
 * said where the index failed. */
int heal_file(struct index *ix, const struct heal *h, const char **what);

/* Moves what is at BASE below folder DIR to .gp/quarantine/, named by SHA256,
 * the bytes it should have; nothing there is fine. 0, or -1 with errno and
 * *WHAT as above. */
int heal_set_aside(const struct repo *a, int dir, const char *base,
    const uint8_t sha256[static DIGEST_SIZE], const char **what);

#endif
