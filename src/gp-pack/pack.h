/*
 * gp-pack: what its parts share. record-store.c keeps the records, plan.c says
 * which file goes on which disc (cost.c: how much room it takes there,
 * disc-path.c: under what name), pack.c takes them from the one to the other.
 */
#ifndef GP_PACK_PACK_H
#define GP_PACK_PACK_H

#include "gp-pack/pack-options.h"
#include "lib/program/status.h"

/* The job of the tool; ends with its exit status. */
enum status pack_run(const struct pack_options *opt);

#endif
