/* The albums of a bag, for people who have no browser. */
#ifndef GP_PACK_BAG_ALBUMS_TXT_H
#define GP_PACK_BAG_ALBUMS_TXT_H

#include "gp-pack/bag/bag.h"

/* After bag_write_show(): albums.txt. 0, or -1 with the reason said. */
int bag_write_albums(struct bag *bag);

#endif
