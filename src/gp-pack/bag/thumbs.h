/* Small pictures for the page of a bag. */
#ifndef GP_PACK_BAG_THUMBS_H
#define GP_PACK_BAG_THUMBS_H

#include "gp-pack/bag/bag.h"

/* How the folder in .gp/packing begins in which they are made; who builds has
 * that alone, and removes those of runs that were killed. */
#define THUMBS_SCRATCH "thumbs."

/* Small pictures into thumbs/, where there is a program for it. 0, or -1 with
 * the reason said. */
int bag_write_thumbs(struct bag *bag);

#endif
