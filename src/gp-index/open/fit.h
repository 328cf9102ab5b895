/* How well an index and the folders of an archive fit together, told from names
 * and sizes alone. */
#ifndef GP_INDEX_OPEN_FIT_H
#define GP_INDEX_OPEN_FIT_H

#include "gp-index/db/index.h"

struct fit {
	int64_t found; /* files of the index that are there, with their size */
	int64_t missing; /* those that are not */
	int64_t unknown; /* that a SHA256SUMS names and the index does not */
};

/* 0, or -1 with the reason said. */
int fit_measure(struct index *ix, struct fit *fit);

/* The same; what a list names and the index does
 * not know gets an event (owed_note()), so that its bytes, when they come
 * again, find their place. */
int fit_measure_and_note(struct index *ix, struct fit *fit);

#endif
