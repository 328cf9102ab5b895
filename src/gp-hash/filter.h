/* The filter of the pipeline. */
#ifndef GP_HASH_FILTER_H
#define GP_HASH_FILTER_H

#include "gp-hash/options.h"
#include "lib/program/status.h"

/* Without FILEs: each record from standard input gets the sum of its file, or
 * with --check whether it still has the one that it had. Ends with the exit
 * status. */
enum status hash_filter(const struct hash_options *opt);

#endif
