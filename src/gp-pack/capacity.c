#include "gp-pack/capacity.h"

#include <stddef.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/num.h"

/* Sectors of a formatted disc with spare areas, the smallest that a medium of
 * the name may have: dvdisaster, src/dvdisaster.h, *_SIZE (not the _NOSPARE
 * ones); dvd is DVD+R, which has 3,392 sectors less than DVD-R. */
static const struct {
	const char *name;
	int64_t sectors;
} disc_types[] = {
	{ "bd25", 11826176 },
	{ "bd50", 23652352 },
	{ "bd100", 47305728 },
	{ "bd128", 60403712 },
	{ "dvd", 2295104 },
};

int
capacity_parse(const char *text, int64_t *bytes)
{
	size_t i;

	for (i = 0; i < COUNT(disc_types); i++) {
		if (strcmp(text, disc_types[i].name) == 0) {
			*bytes = disc_types[i].sectors * SECTOR;
			return 0;
		}
	}
	if (num_parse_size(text, bytes) < 0 || *bytes < CAPACITY_MIN)
		return -1;
	*bytes -= *bytes % SECTOR;
	return 0;
}
