/*
 * A slice of a large zip's directory, opened by libzip as a zip of its own: the
 * same bytes with a directory of those members alone. libzip holds some 350
 * bytes a member of what it has open, and a part may have 200,000 members.
 */
#ifndef GP_LIB_PACKAGE_ZIPSLICE_H
#define GP_LIB_PACKAGE_ZIPSLICE_H

#include <zip.h>

#include "lib/package/zipdir.h"

/* Members N * ZIPDIR_SLICE and on; NULL with ERROR set. The caller discards
 * it, before D is closed. */
zip_t *zipslice_open(const struct zipdir *d, int64_t n, zip_error_t *error);

#endif
