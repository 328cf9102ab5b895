/*
 * A disc or its image in place of a folder: the files in it are where each
 * record's `extents` say, whatever file system knows them.
 */
#ifndef GP_HASH_EXTENTS_H
#define GP_HASH_EXTENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/digest.h"

/* Whether FD is a regular file or a block device. */
bool extents_can_be_in(int fd);

/* The sum of what lies in FD at EXTENTS, "OFFSET+BYTES" in bytes, several with
 * ',' between them; the length of all in *BYTES. 0, or -1 with errno: EINVAL
 * where EXTENTS is no such text, ENOENT where it is NULL. */
int extents_sum(struct digest *d, int fd, const char *extents,
    uint8_t sum[static DIGEST_SIZE], int64_t *bytes);

#endif
