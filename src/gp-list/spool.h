/*
 * The spool between the listing and standard output: a thread writes, so that
 * a slow reader never holds the paging up (a page token would die of it). The
 * backlog stays in memory up to a bound, then goes to a file without a name.
 * A write error ends the program with exit 2.
 */
#ifndef GP_LIST_SPOOL_H
#define GP_LIST_SPOOL_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/buf.h"

struct spool {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t more; /* there is something to write, or the end */
	pthread_cond_t less; /* something was written */
	struct buf memory; /* the oldest of the backlog */
	struct buf writing; /* the thread's own */
	int fd; /* what came after `memory` was full, or -1 */
	off_t start, end; /* of the file's part that is to be written */
	bool ended;
	bool first_left; /* a record has been written */
	bool started;
	bool file_failed;
	int (*open_file)(void *arg); /* a new unnamed file, or -1 */
	void *arg;
};

/* OPEN_FILE is called, in the thread of spool_add(), when memory is full. */
void spool_init(struct spool *s, int (*open_file)(void *arg), void *arg);

/* Takes N bytes and a '\n'. Waits only for the first line to leave (briefly),
 * or where no file can take the backlog. */
void spool_add(struct spool *s, const char *line, size_t n);

/* Waits until all has been written; frees. */
void spool_end(struct spool *s);

#endif
