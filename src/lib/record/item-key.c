#include "lib/record/item-key.h"

#include <string.h>

void
item_key(struct digest *d, const char *id, const char *filename,
    uint8_t key[static DIGEST_SIZE])
{
	digest_begin(d);
	if (id != NULL)
		digest_add(d, id, strlen(id) + 1);
	if (filename != NULL)
		digest_add(d, filename, strlen(filename));
	digest_end(d, key);
}
