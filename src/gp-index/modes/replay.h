/* --rebuild: what the kept records of earlier runs tell. */
#ifndef GP_INDEX_MODES_REPLAY_H
#define GP_INDEX_MODES_REPLAY_H

#include "gp-index/db/index.h"

/* What --new noted of photos that are stored: the records, each with the status
 * "known". */
#define KNOWN_LIST "known.ndjson"

struct replayed {
	int64_t items; /* whose file is there */
	int64_t missing; /* whose file is not: to be fetched again */
	int64_t bad; /* lines that are no records */
};

/* Within a write transaction, after the files: reads .gp/runs/RUN/NAME.ndjson,
 * runs and names in order but for KNOWN_LIST, the last of its run, and keeps
 * items, albums, metadata and failures. 0, or -1 with the reason said. */
int replay(struct index *ix, struct replayed *replayed);

#endif
