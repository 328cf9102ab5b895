/*
 * gp-pack: what its parts share. record-store.c keeps the records, plan.c says
 * which file goes on which disc (cost.c: how much room it takes there,
 * disc-path.c: under what name), pack.c takes them from the one to the other.
 */
#ifndef GP_PACK_PACK_H
#define GP_PACK_PACK_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/program/cli.h"
#include "lib/program/status.h"

#define LABEL_PREFIX_MAX 20
#define LABEL_SIZE 32 /* "PREFIX-0001" with the NUL; ISO 9660 allows 32 */

struct pack_options {
	struct cli cli;
	int64_t capacity; /* bytes, whole sectors */
	int64_t threshold; /* bytes; 0: a disc must be full */
	int64_t parity; /* percent of the files' bytes */
	int64_t number; /* of the first disc; 0: after the highest in use */
	const char *label; /* prefix */
	const char *out; /* --out, or NULL: burn/ in the archive */
	bool plan; /* tell only */
	bool flush; /* build what is left too */
};

/* The job of the tool; ends with its exit status. */
enum status pack_run(const struct pack_options *opt);

#endif
