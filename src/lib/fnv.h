/* FNV-1a, 64 bits: to notice a text that was seen before. */
#ifndef GP_LIB_FNV_H
#define GP_LIB_FNV_H

#include <stdint.h>

/* Of S and all that it holds; never fails. */
static inline uint64_t
fnv_text(const char *s)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * UINT64_C(0x100000001b3);
	return h;
}

#endif
