/* What photos and videos say about themselves, which may be anything. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "gp-list/media/exif.h"
#include "gp-list/media/isobmff.h"
#include "gp-list/media/probe.h"
#include "lib/files/file.h"

static void
demand_sane(const struct media *m)
{
	DEMAND(m->width >= 0 && m->height >= 0);
}

/* The parsers on the bytes as they are: a read beyond them shows. */
static void
parsers(const uint8_t *data, size_t size)
{
	struct media m = { .from = MEDIA_TIME_NONE };
	uint64_t offset, length;
	const uint8_t *tiff;
	struct box box;
	size_t len;

	exif_read_image(&m, data, size);
	demand_sane(&m);
	exif_read_tiff(&m, data, size);
	demand_sane(&m);
	isobmff_header(&box, data, size);
	if (isobmff_begin(data, size))
		isobmff_exif(data, size, &offset, &length);
	isobmff_read_size(&m, data, size);
	tiff = isobmff_exif_tiff(data, size, &len);
	if (tiff != NULL) {
		DEMAND(
		    tiff >= data && len <= size && tiff + len <= data + size);
		exif_read_tiff(&m, tiff, len);
	}
	isobmff_read_movie(&m, data, size);
	demand_sane(&m);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t head[EXIF_HEAD_MAX];
	struct probe probe;
	int fd;

	parsers(data, size);
	fd = memfd_create("fuzz", MFD_CLOEXEC);
	DEMAND(fd >= 0 && file_write_all(fd, data, size) == 0);
	DEMAND(probe_read(&probe, fd, "IMG_0001.JPG", head) == 0);
	demand_sane(&probe.media);
	close(fd);
	return 0;
}
