/* record_drain() for a mode, whose counts are kept. */
#ifndef GP_INDEX_MODES_DRAIN_H
#define GP_INDEX_MODES_DRAIN_H

#include "gp-index/modes/modes.h"
#include "lib/program/counts.h"

/* what a record says that comes when the index is at fault */
#define INDEX_UNREADABLE "the index could not be read"

/* Passes on all of stdin, with what has no error yet marked CODE and TEXT (the
 * reason was said), and counts it for STAGE: as failed, and as ALSO too, if
 * that is not NULL. Under -n no count is kept. STOPPED. */
enum status drain_input(const struct index_options *opt, const char *stage,
    const char *also, const char *code, const char *text);

/* Ends a run upon a fault of the index's memory (index_fault_guard()), all of
 * stdin having been passed on, with exit STOPPED: COUNTS are kept for STAGE,
 * but not under -n. What it held is not freed. */
_Noreturn void drain_exit(const struct index_options *opt, const char *stage,
    const struct counts *counts);

#endif
