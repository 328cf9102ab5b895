/* The image of a bag, by xorriso: ISO 9660 level 3, Rock Ridge, Joliet, MD5. */
#ifndef GP_PACK_ISO_IMAGE_H
#define GP_PACK_ISO_IMAGE_H

#include <stdint.h>

#include "lib/digest.h"

struct image {
	const char *label; /* the volume's name */
	const char *bag; /* absolute */
	int64_t now; /* seconds since 1970, for the dates in it */
};

/* Asks xorriso how many bytes the image may have, at most. 0, or -1 with the
 * reason said. */
int image_size(const struct image *image, int64_t *bytes);

/* Writes the image, of about SIZE bytes and never above LIMIT, into the new
 * file NAME below DIRFD, durably; SHA256 is of what was written. 0, or -1 with
 * the reason said and no file left; -2 when the file system was full, which
 * is not said. */
int image_write(const struct image *image, int64_t size, int64_t limit,
    int dirfd, const char *name, uint8_t sha256[static DIGEST_SIZE]);

#endif
