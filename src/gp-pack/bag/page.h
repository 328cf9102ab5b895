/* The page of a bag, for a browser. */
#ifndef GP_PACK_BAG_PAGE_H
#define GP_PACK_BAG_PAGE_H

#include "gp-pack/bag/bag.h"

/* After bag_write_show(): index.html. 0, or -1 with the reason said. */
int bag_write_page(struct bag *bag);

#endif
