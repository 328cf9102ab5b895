/* Reading records, a line each, from a file descriptor. */
#ifndef GP_LIB_RECORD_RECORD_READER_H
#define GP_LIB_RECORD_RECORD_READER_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/record/record.h"

struct record_reader {
	int fd;
	char *data;
	size_t start, end, cap;
	size_t lines; /* lines seen so far */
	bool eof; /* nothing more comes */
	bool failed; /* for it can't be read, which was said */
	bool skipping; /* the rest of a line that was too long is to come */
};

/* Reads records from FD, which the caller keeps. record_reader_release() frees
 * what it holds. */
void record_reader_init(struct record_reader *in, int fd);
void record_reader_release(struct record_reader *in);

/*
 * The next record. A line that is none (no object, no string `id`, longer
 * than RECORD_MAX, a NUL byte, no '\n' at the end of the input) becomes a
 * record that has only `error`, code bad-record, and is said on stderr.
 * Before it may wait for input, standard output is flushed. false at the end
 * of input; where that is a read error, it is said, and `failed` is set.
 */
bool record_read(struct record_reader *in, struct record *rec);

/* Whether record_read() would answer without waiting for input; it never waits
 * for the end of a line that is too long. */
bool record_ready(const struct record_reader *in);

/* Reads once what has come, for programs that do other things until poll(2)
 * says that there is something; then ask record_ready(). Flushes standard
 * output. A read error is an end of input, as above. */
void record_fill(struct record_reader *in);

#endif
