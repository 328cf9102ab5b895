/* The folder of a run, .gp/runs/$GP_RUN: what its stages counted and kept. */
#ifndef GP_LIB_ARCHIVE_RUN_FOLDER_H
#define GP_LIB_ARCHIVE_RUN_FOLDER_H

#include "lib/archive/repo.h"
#include "lib/buf.h"
#include "lib/program/counts.h"

/* The run that $GP_RUN names, or NULL where it is not set, or empty. */
const char *run_name(void);

/* With $GP_RUN set, appends one line {"stage":STAGE,...counts} to
 * .gp/runs/$GP_RUN/counts.ndjson, in one write. 0 (also without GP_RUN), or -1
 * with the reason said. */
int run_count(const struct repo *a, const char *stage, const struct counts *c);

/* With $GP_RUN set, a signal that ends this program (SIGHUP, SIGINT, SIGPIPE,
 * SIGTERM), or standard output that takes no more, has the counts C, as they
 * are then, written as run_count() does, which ends this: to be called before C
 * is gone. STAGE is a constant text. */
void run_count_watch(const struct repo *a, const char *stage,
    const struct counts *c);

/* Writes them now, for a program that is about to end. Safe in a signal's
 * handler. */
void run_count_now(void);

/* With $GP_RUN set, appends LINES, if there are any, to .gp/runs/$GP_RUN/NAME,
 * durably. 0 (also without GP_RUN), or -1 with the reason said. */
int run_keep(const struct repo *a, const char *name, const struct buf *lines);

#endif
