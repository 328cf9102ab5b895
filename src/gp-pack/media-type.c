#include "gp-pack/media-type.h"

#include "lib/mem.h"
#include <stddef.h>
#include <string.h>
#include <strings.h>

static const char *const images[] = { "jpg", "jpeg", "png", "gif", "webp",
	"avif", "heic", "heif", "tif", "tiff", "bmp" };
static const char *const browsable[] = { "jpg", "jpeg", "png", "gif", "webp",
	"avif", "bmp" };
static const char *const videos[] = { "mp4", "mov", "m4v", "webm", "3gp", "avi",
	"mkv", "mts", "mpg", "mpeg", "wmv" };

/* below it a photo is as small as its thumbnail would be */
#define THUMB_FROM (48 * 1024)

#define HAS(list, text) has(list, COUNT(list), text)

static bool
has(const char *const *list, size_t n, const char *text)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (strcasecmp(list[i], text) == 0)
			return true;
	}
	return false;
}

bool
media_is_browsable(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot != NULL && HAS(browsable, dot + 1);
}

bool
media_wants_thumb(const char *name, int64_t size)
{
	return size > THUMB_FROM || !media_is_browsable(name);
}

enum media_type
media_type_of(const char *mime, const char *name)
{
	const char *dot = strrchr(name, '.');

	if (mime != NULL && strncasecmp(mime, "image/", 6) == 0)
		return MEDIA_IMAGE;
	if (mime != NULL && strncasecmp(mime, "video/", 6) == 0)
		return MEDIA_VIDEO;
	if (dot == NULL)
		return MEDIA_OTHER;
	if (HAS(images, dot + 1))
		return MEDIA_IMAGE;
	return HAS(videos, dot + 1) ? MEDIA_VIDEO : MEDIA_OTHER;
}
