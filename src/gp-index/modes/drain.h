/* A filter that can do nothing: what comes is marked and goes on. */
#ifndef GP_INDEX_MODES_DRAIN_H
#define GP_INDEX_MODES_DRAIN_H

#include "gp-index/modes/modes.h"

/* Passes on all of stdin, with what has no error yet marked CODE and TEXT (the
 * reason was said), and counts it for STAGE: as failed, and as ALSO too, if
 * that is not NULL. Under -n no count is kept. STOPPED. */
enum status drain_input(const struct index_options *opt, const char *stage,
    const char *also, const char *code, const char *text);

#endif
