/* Records out, with their discs. */
#ifndef GP_PACK_RECORDS_RECORDS_OUT_H
#define GP_PACK_RECORDS_RECORDS_OUT_H

#include <stdbool.h>
#include <stdint.h>

#include "gp-pack/records/record-store.h"
#include "lib/program/counts.h"
#include "lib/program/status.h"

/* What the records of a range of files are told. */
struct records_range {
	int64_t first, end; /* seq; end 0: to the last */
	const char *label; /* of the disc of those that are placed */
	const char *image_sum; /* hex SHA-256 of its image, or NULL */
	bool placed; /* of those alone that are placed */
	const char *stopped; /* why none of them could be packed, or NULL */
};

/* Writes the records of those files: with disc and discPath where placed, with
 * error where failed, else as they came. Counts packed, waiting and failed.
 * 0, or -1 with the reason said. */
int records_write(struct record_store *s, const struct records_range *t,
    struct counts *counts, enum status *status);

/* After a failure of whatever kind, S's own too: writes all that was taken in
 * and has not left, marked stopped, with TEXT, and counts it as failed. */
void records_write_rest(struct record_store *s, const char *text,
    struct counts *counts);

#endif
