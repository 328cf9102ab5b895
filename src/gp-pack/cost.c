#include "gp-pack/cost.h"

#include "gp-pack/capacity.h"

/* Measured with xorriso 1.5.4 -print_size, Rock Ridge, Joliet and MD5: a file
 * costs 150 bytes and 4 for each of its name's. */
#define IMAGE_ENTRY 150
#define ENTRY_NAME 4
/* the lines of manifest-sha256.txt, albums.json, albums.txt, index.html */
#define LINES 800
#define LINES_NAME 5
/* a thumbnail of 320 pixels, its entry, its line in tagmanifest-sha256.txt */
#define THUMB (15 * 1024)
/* what par2 says of each file, in every file of its set */
#define PARITY_FILE 2200
/* the same of a thousand blocks, and the set of the lists */
#define PARITY_DISC (256 * 1024)
/* descriptors, path tables and some folders of the image, and its texts */
#define DISC (140 * 1024)

static int64_t
sectors(int64_t bytes)
{
	return (bytes + SECTOR - 1) / SECTOR * SECTOR;
}

int64_t
cost_of_file(const struct cost_file *file, int64_t parity)
{
	int64_t n;

	n = sectors(file->size) + IMAGE_ENTRY + LINES + file->told +
	    (ENTRY_NAME + LINES_NAME) * file->name;
	if (file->thumb)
		n += THUMB;
	if (parity > 0)
		n += file->size / 100 * parity + PARITY_FILE;
	return n;
}

int64_t
cost_disc(int64_t extra, int64_t parity)
{
	return DISC + (parity > 0 ? PARITY_DISC : 0) + sectors(extra) +
	    extra / 100 * parity;
}
