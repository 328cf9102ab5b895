/* Time taken and size in pixels, from EXIF and the headers of images. */
#ifndef GP_LIST_MEDIA_EXIF_H
#define GP_LIST_MEDIA_EXIF_H

#include <stddef.h>
#include <stdint.h>

#include "gp-list/media/media.h"

/* more of a file is not looked at */
#define EXIF_HEAD_MAX ((size_t)256 * 1024)

/* Fills M from the first N bytes of an image: JPEG, PNG, WebP, GIF, TIFF and
 * what is built on TIFF. Returns how many bytes of the file would tell more, N
 * or less when there is no more to learn. */
size_t exif_read_image(struct media *m, const uint8_t *head, size_t n);

/* Fills M from N bytes of a TIFF structure, as EXIF has it. */
void exif_read_tiff(struct media *m, const uint8_t *tiff, size_t n);

#endif
