/* Bags that an interrupted run left. */
#ifndef GP_PACK_RESUME_H
#define GP_PACK_RESUME_H

#include "gp-pack/build.h"

/*
 * Takes the bag LABEL that an interrupted run left for what it is, if all of
 * its files are among the records: its files are placed, verified, and its
 * image built where there is none yet. 1, 0 where it is another's, or -1 with
 * the reason said.
 */
int builder_resume(struct builder *b, const char *label,
    char image_sum[static DIGEST_HEX]);

#endif
