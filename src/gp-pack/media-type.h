/* What a file is to one who looks at it. */
#ifndef GP_PACK_MEDIA_TYPE_H
#define GP_PACK_MEDIA_TYPE_H

#include <stdbool.h>
#include <stdint.h>

enum media_type { MEDIA_OTHER, MEDIA_IMAGE, MEDIA_VIDEO };

/* By MIME (may be NULL), else by the extension of NAME. */
enum media_type media_type_of(const char *mime, const char *name);

/* Whether browsers show an image of that NAME by themselves. */
bool media_is_browsable(const char *name);

/* Whether an image of that NAME and SIZE (bytes) gets a thumbnail: it is large,
 * or browsers don't show it. */
bool media_wants_thumb(const char *name, int64_t size);

#endif
