/* The MIME type of a file, by its first bytes, else by its name. */
#ifndef GP_LIST_MEDIA_MIME_H
#define GP_LIST_MEDIA_MIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The MIME type (constant), or NULL when neither the N bytes of HEAD nor the
 * extension of NAME tell. */
const char *mime_of(const uint8_t *head, size_t n, const char *name);

/* Whether MIME (NULL: unknown) is that of photos or videos. */
bool mime_is_media(const char *mime);

#endif
