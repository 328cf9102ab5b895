/*
 * How much room things take on a disc: an estimate, so that a plan can be made
 * before anything is built. What was built is measured (iso-image.h), and the
 * plan corrected where the estimate was off.
 */
#ifndef GP_PACK_COST_H
#define GP_PACK_COST_H

#include <stdbool.h>
#include <stdint.h>

struct cost_file {
	int64_t size; /* bytes */
	int64_t told; /* bytes of what is known about it: metadata, albums */
	int64_t name; /* bytes of its name */
	bool thumb; /* it gets a thumbnail */
};

/* What one file takes: its sectors, directory entries, lines in the lists,
 * thumbnail, PARITY percent of recovery data. Bytes. */
int64_t cost_of_file(const struct cost_file *file, int64_t parity);

/* The bytes a disc takes before its first file; EXTRA bytes are the index and
 * gp's source. */
int64_t cost_disc(int64_t extra, int64_t parity);

#endif
