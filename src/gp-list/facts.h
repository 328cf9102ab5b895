/* What there is to know of an open file: its kind, time taken, pixels. */
#ifndef GP_LIST_FACTS_H
#define GP_LIST_FACTS_H

#include <stddef.h>

#include "gp-list/media.h"

struct facts {
	const char *mime; /* constant, or NULL */
	struct media media;
};

/* Fills F from FD, whose name is NAME; 0, or -1 with errno when a read failed.
 * Reads a few hundred kilobytes at most, wherever they lie. */
int facts_read(struct facts *f, int fd, const char *name);

/* The same from the first N bytes of a file, all that there are of it. */
void facts_read_head(struct facts *f, const void *bytes, size_t n,
    const char *name);

#endif
