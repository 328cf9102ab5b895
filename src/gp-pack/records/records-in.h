/* Records in: what is needed of each is noted, the line kept. */
#ifndef GP_PACK_RECORDS_RECORDS_IN_H
#define GP_PACK_RECORDS_RECORDS_IN_H

#include "gp-pack/pack-options.h"
#include "gp-pack/records/record-store.h"
#include "lib/program/counts.h"
#include "lib/program/status.h"

/* Reads all records into S. Those that failed, here or before, leave at once.
 * STATUS rises to 1 for them. 0, or -1 when the record store failed (said), and
 * then the rest of the input left marked, or when the input can't be read. */
int records_read(struct record_store *s, const struct pack_options *opt,
    struct counts *counts, enum status *status);

#endif
