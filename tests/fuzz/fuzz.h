/*
 * Fuzz targets: one a parser of what comes from outside. Each gives the bytes
 * to the real code and demands what its header promises; a broken promise ends
 * the program as a crash does. Messages are formatted and dropped (quiet.c).
 */
#ifndef GP_FUZZ_H
#define GP_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* assert() that stays in every build */
#define DEMAND(x)                                                              \
	do {                                                                   \
		if (!(x)) {                                                    \
			fprintf(stderr, "%s:%d: broken promise: %s\n",         \
			    __FILE__, __LINE__, #x);                           \
			abort();                                               \
		}                                                              \
	} while (0)

#endif
