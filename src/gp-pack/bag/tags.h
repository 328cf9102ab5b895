/* The lists of a bag, as RFC 8493 (BagIt) has them. */
#ifndef GP_PACK_BAG_TAGS_H
#define GP_PACK_BAG_TAGS_H

#include "gp-pack/bag/bag.h"

/* bagit.txt, bag-info.txt, README.txt, manifest-sha256.txt, gp/. 0, or -1 with
 * the reason said. */
int bag_write_tags(struct bag *bag);

/* Last: tagmanifest-sha256.txt. 0, or -1 with the reason said. */
int bag_seal(struct bag *bag);

#endif
