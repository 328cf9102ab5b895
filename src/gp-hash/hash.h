/*
 * gp-hash: what its parts share. filter.c: records in, records out (extents.c:
 * of files in an image); sums.c: files to lines of sums; verify.c: such lines
 * to what holds; pool.c: threads.
 */
#ifndef GP_HASH_HASH_H
#define GP_HASH_HASH_H

#include <stdbool.h>
#include <stdint.h>

#include "gp-hash/pool.h"
#include "lib/digest.h"
#include "lib/program/cli.h"
#include "lib/program/status.h"

struct hash_options {
	struct cli cli;
	unsigned threads;
	bool check;
	const char *root; /* --root, or NULL */
	char *const *file; /* NULL-terminated */
};

/* Records in, with the sums of their files out; the exit status. */
enum status hash_filter(const struct hash_options *opt);

/* Lines of sums out, of the files that OPT names; the exit status. */
enum status hash_sums(const struct hash_options *opt);

/* Lines of sums in, what does not hold said; the exit status. */
enum status hash_verify(const struct hash_options *opt);

/* Why a file could not be read, for a person. */
const char *hash_reason(int error);

/* The sum of all that FD has from here; closes FD. 0, or -1 with errno. */
int hash_fd(struct digest *d, int fd, uint8_t sum[static DIGEST_SIZE],
    int64_t *bytes);

/* The folder --root DIR; fd, or -1 with the reason said. */
int hash_open_root(const char *dir);

/* Notes in JOB why its file could not be read. */
void hash_note_error(struct hash_job *job, int error);

/* Writes NAME to standard output as sha256sum does in a line that began with
 * '\\': newline, carriage return and backslash escaped. */
void hash_write_escaped(const char *name);

#endif
