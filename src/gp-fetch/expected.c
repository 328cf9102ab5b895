#include "gp-fetch/expected.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/num.h"

#define CRC_DIGITS 8

/* The CRC in ID, if ID ends as one of SIZE bytes does. */
static bool
read_crc(const char *id, int64_t size, uint32_t *crc)
{
	char end[32];
	const char *at = strrchr(id, '#');
	size_t i, n;
	int digit;

	n = (size_t)snprintf(end, sizeof(end), "#%" PRId64 "-", size);
	if (at == NULL || strlen(at) != n + CRC_DIGITS ||
	    strncmp(at, end, n) != 0)
		return false;
	*crc = 0;
	for (i = n; i < n + CRC_DIGITS; i++) {
		digit = num_hex_digit(at[i]);
		if (digit < 0)
			return false;
		*crc = *crc << 4 | (uint32_t)digit;
	}
	return true;
}

void
expected_read(struct expected *l, struct record *rec)
{
	const char *source = record_text(rec, "source");
	const char *id = record_text(rec, "id");

	memset(l, 0, sizeof(*l));
	if (record_int(rec, "size", &l->size) < 0 || l->size < 0)
		l->size = -1;
	else if (source != NULL && strcmp(source, "takeout") == 0 && id != NULL)
		l->has_crc = read_crc(id, l->size, &l->crc);
}
