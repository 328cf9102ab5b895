/* What a file is to one who looks at it. */
#ifndef GP_PACK_KIND_H
#define GP_PACK_KIND_H

#include <stdbool.h>
#include <stdint.h>

enum kind { KIND_OTHER, KIND_IMAGE, KIND_VIDEO };

/* By MIME (may be NULL), else by the extension of NAME. */
enum kind kind_of(const char *mime, const char *name);

/* Whether browsers show an image of that NAME by themselves. */
bool kind_is_browsable(const char *name);

/* Whether an image of that NAME and SIZE gets a thumbnail: it is large, or
 * browsers don't show it. */
bool kind_wants_thumb(const char *name, int64_t size);

#endif
