/* Which names a list of checksums has, and can tell of. */
#ifndef GP_INDEX_CHECKSUMS_CHECKSUMS_NAME_H
#define GP_INDEX_CHECKSUMS_CHECKSUMS_NAME_H

#include <stdbool.h>

#define CHECKSUMS_NAME "SHA256SUMS"

/* Whether the file name of PATH, case-folded, is one that checksums_write()
 * writes: no photo may have it. */
bool checksums_reserved(const char *folded);

/* Whether a list can have a line for file NAME that sha256sum(1) reads as we
 * do: no escapes, no control bytes, UTF-8. */
bool checksums_can_hold(const char *name);

#endif
