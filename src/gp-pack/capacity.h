/* How much a medium really holds. */
#ifndef GP_PACK_CAPACITY_H
#define GP_PACK_CAPACITY_H

#include <stdint.h>

#define SECTOR 2048 /* bytes; nothing on an optical disc is smaller */
#define CAPACITY_MIN (1024 * 1024) /* an empty image takes half of it */

/* A medium by name, or bytes (k, M, G as in num_parse_size), to bytes in whole
 * sectors; 0, or -1 where it is neither or below CAPACITY_MIN. */
int capacity_parse(const char *text, int64_t *bytes);

#endif
