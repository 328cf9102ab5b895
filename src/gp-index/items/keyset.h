/* A set of items seen in one stream: 16 bytes each, open addressing. A million
 * items take 32 MiB. */
#ifndef GP_INDEX_ITEMS_KEYSET_H
#define GP_INDEX_ITEMS_KEYSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gp-index/items/item.h"

struct keyset {
	uint64_t (*slot)[2];
	size_t used, cap; /* cap is a power of two */
};

/* An empty set; it takes memory with the first item. keyset_release() frees
 * what it holds. */
void keyset_init(struct keyset *set);
void keyset_release(struct keyset *set);

/* Whether ITEM is in it. */
bool keyset_has(const struct keyset *set, const struct item *item);

/* Adds ITEM; false if it was there. */
bool keyset_add(struct keyset *set, const struct item *item);

#endif
