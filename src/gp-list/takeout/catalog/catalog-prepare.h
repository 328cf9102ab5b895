/*
 * Parts that have no catalog yet are read two at a time, each in a process of
 * its own: while an export is listed for the first time the other programs of
 * the pipeline wait.
 */
#ifndef GP_LIST_TAKEOUT_CATALOG_CATALOG_PREPARE_H
#define GP_LIST_TAKEOUT_CATALOG_CATALOG_PREPARE_H

#include "gp-list/takeout/catalog/takeout-exports.h"

struct repo;

/* Makes the catalogs of the parts of X. What goes wrong is left for
 * catalog_read() to meet, and to say. */
void catalog_prepare(const struct repo *a, const struct takeout_export *x);

#endif
