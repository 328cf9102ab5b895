#include "gp-index/items/keyset.h"

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"

void
keyset_init(struct keyset *set)
{
	set->used = 0;
	set->cap = 1024;
	set->slot = mem_alloc(set->cap * sizeof(*set->slot));
}

void
keyset_release(struct keyset *set)
{
	free(set->slot);
}

/* The key is uniform already; source and account are mixed in by FNV-1a. */
static void
shorten(const struct item *item, uint64_t h[static 2])
{
	const char *p;
	uint64_t mix = UINT64_C(0xcbf29ce484222325);

	for (p = item->source; *p != '\0'; p++)
		mix = (mix ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
	mix = (mix ^ 0xff) * UINT64_C(0x100000001b3);
	for (p = item->account; *p != '\0'; p++)
		mix = (mix ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
	memcpy(h, item->key, 2 * sizeof(*h));
	h[0] ^= mix;
	if (h[0] == 0 && h[1] == 0)
		h[1] = 1; /* all zero marks a free slot */
}

/* Where H is, or the free slot where it belongs. */
static uint64_t *
slot_of(const struct keyset *set, const uint64_t h[static 2])
{
	size_t i = (size_t)h[1] & (set->cap - 1);

	while ((set->slot[i][0] != 0 || set->slot[i][1] != 0) &&
	    (set->slot[i][0] != h[0] || set->slot[i][1] != h[1]))
		i = (i + 1) & (set->cap - 1);
	return set->slot[i];
}

static void
grow(struct keyset *set)
{
	struct keyset bigger;
	size_t i;

	bigger.used = set->used;
	bigger.cap = set->cap * 2;
	bigger.slot = mem_alloc(bigger.cap * sizeof(*bigger.slot));
	for (i = 0; i < set->cap; i++) {
		if (set->slot[i][0] != 0 || set->slot[i][1] != 0)
			memcpy(slot_of(&bigger, set->slot[i]), set->slot[i],
			    sizeof(*set->slot));
	}
	free(set->slot);
	*set = bigger;
}

bool
keyset_has(const struct keyset *set, const struct item *item)
{
	uint64_t h[2];
	const uint64_t *slot;

	shorten(item, h);
	slot = slot_of(set, h);
	return slot[0] != 0 || slot[1] != 0;
}

bool
keyset_add(struct keyset *set, const struct item *item)
{
	uint64_t h[2];
	uint64_t *slot;

	if (set->used >= set->cap / 4 * 3)
		grow(set);
	shorten(item, h);
	slot = slot_of(set, h);
	if (slot[0] != 0 || slot[1] != 0)
		return false;
	memcpy(slot, h, sizeof(h));
	set->used++;
	return true;
}
