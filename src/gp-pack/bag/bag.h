/*
 * One disc as a bag (RFC 8493), built in OUT/.LABEL.part and given its name
 * when it is whole. What goes into it has a file each: fill.c the photos,
 * show.c what is known of them, albums-txt.c, page.c and thumbs.c what people
 * look at, tags.c the lists, parity.c the recovery data.
 */
#ifndef GP_PACK_BAG_BAG_H
#define GP_PACK_BAG_BAG_H

#include <stdint.h>

#include "gp-pack/pack-options.h"
#include "gp-pack/plan.h"
#include "gp-pack/records/record-store.h"
#include "lib/archive/repo.h"

/* What every disc gets besides photos; paths are absolute, or NULL. */
struct extras {
	char *index; /* snapshot of the index */
	char *source; /* gp's own */
	int64_t bytes;
};

struct bag {
	const struct pack_options *opt;
	const struct repo *archive;
	const struct extras *extras;
	struct record_store *records;
	int64_t now; /* seconds since 1970, for all dates in it */
	int64_t number;
	const char *label;
	const char *path; /* absolute, of the folder that is built */
	int fd; /* that folder */
	int64_t first, end; /* seq, as planned */
	int64_t files, bytes; /* what is really in it */
	bool finished; /* by another run: nothing is removed from it */
	bool copied; /* said that hard links can't be made */
};

#endif
