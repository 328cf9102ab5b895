/* Lists of checksums, held against the files. */
#ifndef GP_HASH_VERIFY_H
#define GP_HASH_VERIFY_H

#include "gp-hash/options.h"
#include "lib/program/status.h"

/* With --check and FILEs: holds these lists of checksums against the files that
 * they name, and says of each what sha256sum(1) says. Ends with the exit
 * status. */
enum status hash_verify(const struct hash_options *opt);

#endif
