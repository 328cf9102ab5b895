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

#endif
