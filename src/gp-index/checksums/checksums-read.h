/* Reading a list of checksums: a folder's SHA256SUMS, as checksums_write() and
 * sha256sum(1) write it, or a bag's manifest. */
#ifndef GP_INDEX_CHECKSUMS_CHECKSUMS_READ_H
#define GP_INDEX_CHECKSUMS_CHECKSUMS_READ_H

#include <stdint.h>
#include <stdio.h>

#include "lib/archive/repo.h"
#include "lib/digest.h"

struct checksum_list {
	FILE *in;
	char *line; /* owned; NAME lies in it */
	uint8_t sha256[DIGEST_SIZE];
	const char *name; /* within the folder */
	long line_no; /* from 1 */
};

/* Opens the list at PATH below the archive, or FOLDER's SHA256SUMS; 0, or -1
 * with errno (ENOENT: there is none). checksum_list_close() in any case. */
int checksum_list_open(struct checksum_list *l, const struct repo *a,
    const char *path);
int checksum_list_open_folder(struct checksum_list *l, const struct repo *a,
    const char *folder);

/* Closes the list and frees its line. */
void checksum_list_close(struct checksum_list *l);

/* Whether a folder of the archive has a SHA256SUMS: 1, 0, or -1 with the reason
 * said. */
int checksums_found(const struct repo *a);

/* The next line: 1, 0 at the end, -1 when it is no checksum (or longer than one
 * can be), -2 when reading failed (errno). */
int checksum_list_next(struct checksum_list *l);

/* ERROR, an errno of the calls above, in words that go on after "it can't be
 * read:"; valid until the next call. */
const char *checksum_list_reason(int error);

#endif
