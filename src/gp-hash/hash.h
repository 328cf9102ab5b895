/* What the jobs of gp-hash share: reading a file, and naming it. */
#ifndef GP_HASH_HASH_H
#define GP_HASH_HASH_H

#include <stdint.h>

#include "gp-hash/pool.h"
#include "lib/digest.h"

/* Why a file could not be read, for a person. */
const char *hash_reason(int error);

/* The sum of all that FD has from here; closes FD. 0, or -1 with errno. */
int hash_fd(struct digest *d, int fd, uint8_t sum[static DIGEST_SIZE],
    int64_t *bytes);

/* The folder --root DIR; fd, or -1 with the reason said. */
int hash_open_root(const char *dir);

/* Notes in JOB why its file could not be read. */
void hash_note_error(struct hash_job *job, int error);

/* Writes NAME to standard output as sha256sum does in a line that began with
 * '\\': newline, carriage return and backslash escaped. */
void hash_write_escaped(const char *name);

#endif
