/* Making the catalog of a part, by reading it once. */
#ifndef GP_LIST_TAKEOUT_CATALOG_CATALOG_MAKE_H
#define GP_LIST_TAKEOUT_CATALOG_CATALOG_MAKE_H

#include <stdio.h>

#include "lib/package/package.h"

/* Writes a line a member of P to OUT, then the last one. OLD, or NULL, is an
 * earlier catalog of the same tree, behind its first line: what has not changed
 * is taken from there. 0; 1 where P can't be read to its end, which the last
 * line says; -1 when OUT can't be written (errno). */
int catalog_make(struct package *p, FILE *out, FILE *old);

#endif
