#include "lib/magic.h"

#include <string.h>

#include "lib/mem.h"

#define MAGIC(at, bytes, sure, type)                                           \
	{                                                                      \
		at, bytes, sizeof(bytes) - 1, sure, type                       \
	}

/* The first that fits is it. Brands of MP4 that are not sure are what several
 * names stand for. */
static const struct magic {
	size_t at;
	const char *bytes;
	size_t len;
	bool sure;
	const char *type;
} magics[] = {
	MAGIC(0, "\xff\xd8\xff", true, "image/jpeg"),
	MAGIC(0, "\x89PNG\r\n\x1a\n", true, "image/png"),
	MAGIC(0, "GIF87a", true, "image/gif"),
	MAGIC(0, "GIF89a", true, "image/gif"),
	MAGIC(8, "WEBPVP8", true, "image/webp"),
	MAGIC(8, "WEBP", false, "image/webp"),
	MAGIC(8, "AVI ", false, "video/x-msvideo"),
	MAGIC(0, "\x1a\x45\xdf\xa3", false, "video/x-matroska"),
	MAGIC(0, "\xff\x0a", false, "image/jxl"),
	MAGIC(4, "JXL \r\n\x87\n", false, "image/jxl"),
	MAGIC(4, "ftypheic", true, "image/heic"),
	MAGIC(4, "ftypheix", true, "image/heic"),
	MAGIC(4, "ftypmif1", false, "image/heif"),
	MAGIC(4, "ftypmsf1", false, "image/heif-sequence"),
	MAGIC(4, "ftypavif", true, "image/avif"),
	MAGIC(4, "ftypavis", false, "image/avif"),
	MAGIC(4, "ftypcrx ", false, "image/x-canon-cr3"),
	MAGIC(4, "ftypqt  ", true, "video/quicktime"),
	MAGIC(4, "ftyp3g", false, "video/3gpp"),
	MAGIC(4, "ftypisom", true, "video/mp4"),
	MAGIC(4, "ftypmp42", true, "video/mp4"),
	MAGIC(4, "ftyp", false, "video/mp4"),
	MAGIC(4, "moov", false, "video/quicktime"),
	MAGIC(4, "mdat", false, "video/quicktime"),
	MAGIC(0, "\0\0\1\xba", false, "video/mpeg"),
};

const char *
magic_type(const uint8_t *head, size_t n, bool sure)
{
	const struct magic *m;
	size_t i;

	for (i = 0; i < COUNT(magics); i++) {
		m = &magics[i];
		if ((m->sure || !sure) && n >= m->at + m->len &&
		    memcmp(head + m->at, m->bytes, m->len) == 0)
			return m->type;
	}
	return NULL;
}
