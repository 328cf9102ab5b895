/* What gp-list saw of a member of an export, to know it again by. */
#ifndef GP_FETCH_EXPECTED_H
#define GP_FETCH_EXPECTED_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/record/record.h"

struct expected {
	int64_t size; /* bytes; -1 unknown */
	bool has_crc;
	uint32_t crc; /* CRC-32 of its bytes */
};

/* Reads `size`, and the CRC-32 at the end of the id, "#SIZE-CRC", which
 * gp-list takeout: gives it. */
void expected_read(struct expected *l, struct record *rec);

#endif
