/* The recovery data of a bag. */
#ifndef GP_PACK_BAG_PARITY_H
#define GP_PACK_BAG_PARITY_H

#include "gp-pack/bag/bag.h"

/* The recovery data, by par2. 0, or -1 with the reason said. */
int bag_write_parity(struct bag *bag);

/* About how many bytes bag_write_parity() will make. */
int64_t bag_parity_size(const struct bag *bag);

#endif
