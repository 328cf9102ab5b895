/* Small pictures for the page of a bag. */
#ifndef GP_PACK_BAG_THUMBS_H
#define GP_PACK_BAG_THUMBS_H

#include "gp-pack/bag/bag.h"

/* Small pictures into thumbs/, where there is a program for it. 0, or -1. */
int bag_write_thumbs(struct bag *bag);

#endif
