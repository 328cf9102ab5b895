/* A stored file that is missing or rotten gets its bytes back. */
#ifndef GP_INDEX_HEAL_H
#define GP_INDEX_HEAL_H

#include "gp-index/index.h"

/* Puts staged file NAME, whose bytes are proved, in the place of PATH; what
 * was there is kept in .gp/quarantine/. The event is kept. 0, or -1 with the
 * reason said. */
int heal_file(struct index *ix, int staging, const char *name, const char *path,
    const uint8_t sha256[static DIGEST_SIZE]);

/* Moves what is at BASE below folder DIR to .gp/quarantine/, named by SHA256,
 * the bytes it should have; nothing there is fine. 0, or -1 with the reason
 * said. */
int heal_set_aside(const struct repo *a, int dir, const char *base,
    const uint8_t sha256[static DIGEST_SIZE]);

#endif
