/* The MIME type of a file by its first bytes, whatever its name. */
#ifndef GP_LIB_MAGIC_H
#define GP_LIB_MAGIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The type (constant) of a file that begins with the N bytes of HEAD; NULL
 * where they don't tell. SURE: only where no other type begins so. Without, an
 * unknown brand of MP4 is MP4. TIFF is not told: most raw formats are it. */
const char *magic_type(const uint8_t *head, size_t n, bool sure);

#endif
