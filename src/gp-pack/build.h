/* Discs made real: the bag, its image, and what an interrupted run left. */
#ifndef GP_PACK_BUILD_H
#define GP_PACK_BUILD_H

#include "gp-pack/bag/bag.h"
#include "gp-pack/plan.h"
#include "lib/digest.h"

struct builder {
	const struct pack_options *opt;
	const struct repo *archive;
	struct record_store *records;
	struct extras extras;
	int lock; /* fd, held while we build */
	int out; /* the folder of the discs */
	char *out_path; /* absolute */
	int64_t now; /* SOURCE_DATE_EPOCH, or the clock */
};

/* What became of a disc. */
enum built {
	BUILT_FAILED = -1, /* said */
	BUILT_DONE,
	BUILT_TOO_LARGE, /* measured: above the capacity */
	BUILT_TOO_SMALL, /* measured: more would fit */
	BUILT_AGAIN, /* files were lost: plan it again */
};

/* Locks, opens and sweeps the folder of the discs, takes the snapshot. 0, or -1
 * with the reason said. builder_close() closes it. */
int builder_open(struct builder *b, const struct pack_options *opt,
    const struct repo *archive, struct record_store *records);
void builder_close(struct builder *b);

/*
 * Builds the disc planned as DISC. MEASURED is the size of its image, also
 * where that was no good (TOO_LARGE, TOO_SMALL; nothing is left then).
 * IMAGE_SUM gets the image's sum, "" where there is none.
 */
enum built builder_build_disc(struct builder *b, const struct plan_disc *disc,
    const char *label, int64_t number, int64_t *measured,
    char image_sum[static DIGEST_HEX]);

/* Whether a bag LABEL lies in the folder of the discs. */
bool builder_has(const struct builder *b, const char *label);

/* Builds the image of disc LABEL, of SIZE bytes, from folder BAG, where there
 * is room; IMAGE_SUM as above. 0, or -1 with the reason said. */
int builder_build_image(struct builder *b, const char *label, const char *bag,
    int64_t now, int64_t size, char image_sum[static DIGEST_HEX]);

/* Gives the image of builder_build_image() its name, if IMAGE_SUM says that
 * there is one. 0, or -1 with the reason said. */
int builder_name_image(struct builder *b, const char *label,
    const char *image_sum);

#endif
