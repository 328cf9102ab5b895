/* The photos of a bag. */
#ifndef GP_PACK_BAG_FILL_H
#define GP_PACK_BAG_FILL_H

#include "gp-pack/bag/bag.h"

/* Links the planned files into the bag, each read and compared; what fails is
 * marked failed and not placed any more. Sets files and bytes. 0, or -1 with
 * the reason said. */
int bag_fill(struct bag *bag);

/* Looks at the files again: those that are not what was packed any more are
 * marked failed, *CHANGED counts them. 0, or -1 with the reason said. */
int bag_recheck(struct bag *bag, int64_t *changed);

#endif
