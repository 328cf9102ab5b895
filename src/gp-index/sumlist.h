/* Reading a list of sums: a folder's SHA256SUMS, as sums_write() and
 * sha256sum(1) write it, or a bag's manifest. */
#ifndef GP_INDEX_SUMLIST_H
#define GP_INDEX_SUMLIST_H

#include <stdint.h>
#include <stdio.h>

#include "lib/archive.h"
#include "lib/digest.h"

struct sumlist {
	FILE *in;
	char *line; /* owned; NAME lies in it */
	size_t cap;
	uint8_t sha256[DIGEST_SIZE];
	const char *name; /* within the folder */
};

/* Opens the list at PATH below the archive, or FOLDER's SHA256SUMS; 0, or -1
 * with errno (ENOENT: there is none). Close it in any case. */
int sumlist_open(struct sumlist *l, const struct archive *a, const char *path);
int sumlist_open_folder(struct sumlist *l, const struct archive *a,
    const char *folder);
void sumlist_close(struct sumlist *l);

/* The next line: 1, 0 at the end, -1 when it is no sum, -2 when reading
 * failed (errno). */
int sumlist_next(struct sumlist *l);

#endif
