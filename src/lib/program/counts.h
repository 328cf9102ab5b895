/* Counts by name: what a stage saw, for the balance of the run. */
#ifndef GP_LIB_PROGRAM_COUNTS_H
#define GP_LIB_PROGRAM_COUNTS_H

#include <stdint.h>

#define COUNTS_MAX 16

struct counts {
	const char *name[COUNTS_MAX]; /* constant texts */
	int64_t value[COUNTS_MAX];
	int n;
};

/* Adds N to NAME, which must be a constant text. */
void counts_add(struct counts *c, const char *name, int64_t n);

/* The value of NAME, 0 if it was never added. */
int64_t counts_get(const struct counts *c, const char *name);

#endif
