/* What gp-list saw of a member of an export, to know it again by. */
#ifndef GP_FETCH_LISTED_H
#define GP_FETCH_LISTED_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/record/record.h"

struct listed {
	int64_t size; /* bytes; -1 unknown */
	bool has_crc;
	uint32_t crc; /* CRC-32 of its bytes */
};

/* Reads `size`, and the CRC-32 at the end of the id, "#SIZE-CRC", which
 * gp-list takeout: gives it. */
void listed_read(struct listed *l, struct record *rec);

#endif
