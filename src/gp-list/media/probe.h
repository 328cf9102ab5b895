/* What there is to know of an open file: its MIME type, time taken, pixels. */
#ifndef GP_LIST_MEDIA_PROBE_H
#define GP_LIST_MEDIA_PROBE_H

#include <stddef.h>
#include <stdint.h>

#include "gp-list/media/exif.h"
#include "gp-list/media/media.h"

struct probe {
	const char *mime; /* constant, or NULL */
	struct media media;
};

/* Fills F from FD, whose name is NAME; 0, or -1 with errno when a read failed.
 * Reads a few hundred kilobytes at most, wherever they lie; HEAD is for them.
 */
int probe_read(struct probe *f, int fd, const char *name,
    uint8_t head[static EXIF_HEAD_MAX]);

/* The same from the first N bytes of a file, all that there are of it. */
void probe_read_head(struct probe *f, const void *bytes, size_t n,
    const char *name, uint8_t head[static EXIF_HEAD_MAX]);

#endif
