/* Files to lines of checksums. */
#ifndef GP_HASH_CHECKSUMS_H
#define GP_HASH_CHECKSUMS_H

#include "gp-hash/options.h"
#include "lib/program/status.h"

/* With FILEs: their checksums to standard output, as sha256sum(1) writes them.
 * Ends with the exit status. */
enum status hash_checksums(const struct hash_options *opt);

#endif
