/* Files to lines of sums. */
#ifndef GP_HASH_SUMS_H
#define GP_HASH_SUMS_H

#include "gp-hash/options.h"
#include "lib/program/status.h"

/* With FILEs: their sums to standard output, as sha256sum(1) writes them. Ends
 * with the exit status. */
enum status hash_sums(const struct hash_options *opt);

#endif
