/* Small pictures for the page of a bag. */
#ifndef GP_PACK_THUMBS_H
#define GP_PACK_THUMBS_H

#include "gp-pack/bag.h"

/* Small pictures into thumbs/, where there is a program for it. 0, or -1. */
int bag_thumbs(struct bag *bag);

#endif
