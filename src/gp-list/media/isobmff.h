/*
 * ISO base media files, which are nested boxes (size, type, content): HEIC and
 * AVIF keep EXIF in an item; MP4 and MOV have a header with a time.
 */
#ifndef GP_LIST_MEDIA_ISOBMFF_H
#define GP_LIST_MEDIA_ISOBMFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gp-list/media/media.h"

#define ISOBMFF_HEADER 16 /* bytes that isobmff_header() needs at most */

struct box {
	char type[4];
	uint64_t header; /* bytes before the content */
	uint64_t size; /* header and content; 0: to the end of the file */
};

/* The box that begins with the N bytes of HEAD; false if there is none. */
bool isobmff_header(struct box *box, const uint8_t *head, size_t n);

/* Whether the N bytes of HEAD begin such a file. */
bool isobmff_begin(const uint8_t *head, size_t n);

/* Where the EXIF item of a HEIC or AVIF file lies, by its first N bytes: offset
 * in the file and length (a 4-byte number, then EXIF). false if it has none. */
bool isobmff_exif(const uint8_t *head, size_t n, uint64_t *offset,
    uint64_t *length);

/* Sets the size in pixels of a HEIC or AVIF file by its first N bytes. */
void isobmff_read_size(struct media *m, const uint8_t *head, size_t n);

/* The TIFF structure in an EXIF item of N bytes; its length in *LEN. NULL if
 * there is none. Borrowed. */
const uint8_t *isobmff_exif_tiff(const uint8_t *item, size_t n, size_t *len);

/* Fills M from the first N bytes of a moov box's content. */
void isobmff_read_movie(struct media *m, const uint8_t *moov, size_t n);

#endif
