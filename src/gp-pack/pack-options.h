/* What gp-pack is asked for on its command line. */
#ifndef GP_PACK_PACK_OPTIONS_H
#define GP_PACK_PACK_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/program/cli.h"

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

#endif
