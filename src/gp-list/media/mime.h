/* What kind of file this is, by its first bytes, else by its name. */
#ifndef GP_LIST_MEDIA_MIME_H
#define GP_LIST_MEDIA_MIME_H

#include <stddef.h>
#include <stdint.h>

/* The MIME type (constant), or NULL when neither the N bytes of HEAD nor the
 * extension of NAME tell. */
const char *mime_of(const uint8_t *head, size_t n, const char *name);

#endif
