#include "gp-list/media/mime.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "lib/magic.h"
#include "lib/mem.h"

/* Names that say more than the bytes do: most raw formats are TIFF inside. */
static const struct extension {
	const char *name;
	const char *mime;
} extensions[] = {
	{ "jpg", "image/jpeg" },
	{ "jpeg", "image/jpeg" },
	{ "png", "image/png" },
	{ "gif", "image/gif" },
	{ "heic", "image/heic" },
	{ "heif", "image/heif" },
	{ "webp", "image/webp" },
	{ "avif", "image/avif" },
	{ "jxl", "image/jxl" },
	{ "bmp", "image/bmp" },
	{ "tif", "image/tiff" },
	{ "tiff", "image/tiff" },
	{ "dng", "image/x-adobe-dng" },
	{ "cr2", "image/x-canon-cr2" },
	{ "cr3", "image/x-canon-cr3" },
	{ "nef", "image/x-nikon-nef" },
	{ "arw", "image/x-sony-arw" },
	{ "orf", "image/x-olympus-orf" },
	{ "rw2", "image/x-panasonic-rw2" },
	{ "raf", "image/x-fuji-raf" },
	{ "mp4", "video/mp4" },
	{ "m4v", "video/x-m4v" },
	{ "mov", "video/quicktime" },
	{ "3gp", "video/3gpp" },
	{ "avi", "video/x-msvideo" },
	{ "mkv", "video/x-matroska" },
	{ "webm", "video/webm" },
	{ "mts", "video/mp2t" },
	{ "m2ts", "video/mp2t" },
	{ "mpg", "video/mpeg" },
	{ "mpeg", "video/mpeg" },
	{ "wmv", "video/x-ms-wmv" },
	{ "json", "application/json" },
	{ "xmp", "application/rdf+xml" },
};

static const char *
by_name(const char *name)
{
	const char *dot;
	size_t i;

	dot = strrchr(name, '.');
	for (i = 0; dot != NULL && i < COUNT(extensions); i++) {
		if (strcasecmp(dot + 1, extensions[i].name) == 0)
			return extensions[i].mime;
	}
	return NULL;
}

/* TIFF, and the raw formats built on it. */
static bool
is_tiff(const uint8_t *head, size_t n)
{
	return n >= 4 &&
	    (memcmp(head, "II*\0", 4) == 0 || memcmp(head, "MM\0*", 4) == 0);
}

/* 188-byte packets with a sync byte, with or without a 4-byte time before. */
static bool
is_transport_stream(const uint8_t *head, size_t n)
{
	return (n > 376 && head[0] == 0x47 && head[188] == 0x47 &&
		   head[376] == 0x47) ||
	    (n > 388 && head[4] == 0x47 && head[196] == 0x47 &&
		head[388] == 0x47);
}

const char *
mime_of(const uint8_t *head, size_t n, const char *name)
{
	const char *named = by_name(name);
	const char *mime;

	if (is_tiff(head, n))
		return named != NULL && strncmp(named, "image/", 6) == 0 &&
			strcmp(named, "image/jpeg") != 0
		    ? named
		    : "image/tiff";
	if (is_transport_stream(head, n))
		return "video/mp2t";
	mime = magic_type(head, n, false);
	if (mime == NULL)
		return named;
	/* containers that several names share: the name is nearer */
	if (named != NULL &&
	    ((strcmp(mime, "video/mp4") == 0 &&
		 strcmp(named, "video/x-m4v") == 0) ||
		(strcmp(mime, "video/x-matroska") == 0 &&
		    strcmp(named, "video/webm") == 0) ||
		(strcmp(mime, "image/heif") == 0 &&
		    (strcmp(named, "image/heic") == 0 ||
			strcmp(named, "image/avif") == 0))))
		return named;
	return mime;
}

bool
mime_is_media(const char *mime)
{
	return mime != NULL &&
	    (strncmp(mime, "image/", 6) == 0 ||
		strncmp(mime, "video/", 6) == 0);
}
