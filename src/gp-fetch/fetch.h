/* The main loop of gp-fetch: records in, jobs to the threads, records out. */
#ifndef GP_FETCH_FETCH_H
#define GP_FETCH_FETCH_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/program/cli.h"
#include "lib/program/status.h"

#define FETCH_JOBS 8 /* -j, when not given */
#define FETCH_JOBS_MAX 64

struct fetch_options {
	struct cli cli;
	unsigned jobs;
	int64_t limit; /* bytes a second of all together; 0: none */
	bool progress;
};

/* Fetches for all of stdin. */
enum status fetch(const struct fetch_options *opt);

#endif
