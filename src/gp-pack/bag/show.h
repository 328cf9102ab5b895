/* What is known of the photos of a bag: albums.json. */
#ifndef GP_PACK_BAG_SHOW_H
#define GP_PACK_BAG_SHOW_H

#include "gp-pack/bag/bag.h"

/* Fills the tables shown and in_album for this disc, and writes
 * albums.json. 0, or -1 with the reason said. */
int bag_write_show(struct bag *bag);

#endif
