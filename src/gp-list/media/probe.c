#include "gp-list/media/probe.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "gp-list/media/isobmff.h"
#include "gp-list/media/mime.h"
#include "lib/files/file.h"

#define HEAD_FIRST ((size_t)64 * 1024) /* enough for nearly every photo */
#define BOXES_MAX 64

/* Where bytes come from: a file, or its first LEN bytes in memory; and where
 * they go. */
struct from {
	int fd; /* -1: the bytes */
	const char *bytes;
	size_t len;
	uint8_t *head; /* EXIF_HEAD_MAX bytes */
};

/* Copies up to N bytes at OFFSET into `head`; how many. */
static ssize_t
copy_at(const struct from *from, size_t n, uint64_t offset)
{
	if (offset >= from->len)
		return 0;
	if (n > from->len - (size_t)offset)
		n = from->len - (size_t)offset;
	memcpy(from->head, from->bytes + offset, n);
	return (ssize_t)n;
}

/* Reads up to N bytes at OFFSET into `head`; how many, or -1 with errno. */
static ssize_t
read_at(const struct from *from, size_t n, uint64_t offset)
{
	if (offset > (uint64_t)INT64_MAX - EXIF_HEAD_MAX)
		return 0;
	if (n > EXIF_HEAD_MAX)
		n = EXIF_HEAD_MAX;
	if (from->fd < 0)
		return copy_at(from, n, offset);
	return file_read_at(from->fd, from->head, n, (int64_t)offset);
}

/* Walks the boxes of the file to its movie header, often the last one. */
static int
read_movie(struct media *m, const struct from *from)
{
	struct box box;
	uint64_t at = 0;
	ssize_t n;
	int i;

	for (i = 0; i < BOXES_MAX; i++) {
		n = read_at(from, ISOBMFF_HEADER, at);
		if (n < 0)
			return -1;
		if (!isobmff_header(&box, from->head, (size_t)n))
			return 0;
		if (memcmp(box.type, "moov", 4) == 0)
			break;
		if (box.size == 0 || box.size > (uint64_t)INT64_MAX - at)
			return 0;
		at += box.size;
	}
	if (i == BOXES_MAX)
		return 0;
	n = read_at(from,
	    box.size == 0 || box.size > EXIF_HEAD_MAX
		? EXIF_HEAD_MAX
		: (size_t)(box.size - box.header),
	    at + box.header);
	if (n > 0)
		isobmff_read_movie(m, from->head, (size_t)n);
	return n < 0 ? -1 : 0;
}

/* `head` has the first N bytes. */
static int
read_boxes(struct media *m, const struct from *from, size_t n)
{
	uint64_t offset, length;
	const uint8_t *tiff;
	size_t len;
	ssize_t got;

	isobmff_read_size(m, from->head, n);
	if (!isobmff_exif(from->head, n, &offset, &length))
		return read_movie(m, from);
	got = read_at(from,
	    length > EXIF_HEAD_MAX ? EXIF_HEAD_MAX : (size_t)length, offset);
	if (got < 0)
		return -1;
	tiff = isobmff_exif_tiff(from->head, (size_t)got, &len);
	if (tiff != NULL)
		exif_read_tiff(m, tiff, len);
	return 0;
}

static int
probe_head(struct probe *f, const struct from *from, const char *name)
{
	ssize_t n;

	memset(f, 0, sizeof(*f));
	n = read_at(from, HEAD_FIRST, 0);
	if (n < 0)
		return -1;
	f->mime = mime_of(from->head, (size_t)n, name);
	if (isobmff_begin(from->head, (size_t)n))
		return read_boxes(&f->media, from, (size_t)n);
	if (exif_read_image(&f->media, from->head, (size_t)n) <= (size_t)n ||
	    (size_t)n < HEAD_FIRST ||
	    (f->media.from != MEDIA_TIME_NONE && f->media.width != 0))
		return 0;
	n = read_at(from, EXIF_HEAD_MAX, 0);
	if (n < 0)
		return -1;
	memset(&f->media, 0, sizeof(f->media));
	exif_read_image(&f->media, from->head, (size_t)n);
	return 0;
}

int
probe_read(struct probe *f, int fd, const char *name,
    uint8_t head[static EXIF_HEAD_MAX])
{
	const struct from from = { .fd = fd, .head = head };

	return probe_head(f, &from, name);
}

void
probe_read_head(struct probe *f, const void *bytes, size_t n, const char *name,
    uint8_t head[static EXIF_HEAD_MAX])
{
	const struct from from = { .fd = -1,
		.bytes = bytes,
		.len = n,
		.head = head };

	probe_head(f, &from, name);
}
