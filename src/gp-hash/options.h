/*
 * gp-hash's command line. By it main.c gives the work to filter.c (records in,
 * records out; extents.c: of files in an image), checksums.c (files to lines of
 * checksums) or verify.c (such lines to what holds); pool.c has the threads.
 */
#ifndef GP_HASH_OPTIONS_H
#define GP_HASH_OPTIONS_H

#include <stdbool.h>

#include "lib/program/cli.h"

struct hash_options {
	struct cli cli;
	unsigned threads;
	bool check;
	const char *root; /* --root, or NULL */
	char *const *file; /* NULL-terminated */
};

#endif
