/*
 * Threads that work on jobs, and a window of jobs that come back in the order
 * in which they were given. One thread, the owner, calls all that is here and
 * does all reading and writing of streams; a job belongs to the owner until
 * it is submitted and again when it is done.
 */
#ifndef GP_HASH_POOL_H
#define GP_HASH_POOL_H

#include <stdbool.h>

#include "lib/digest.h"
#include "lib/record/record.h"

enum verified {
	VERIFIED_OK,
	VERIFIED_MISMATCH,
	VERIFIED_MISSING,
	VERIFIED_UNREADABLE,
	VERIFIED_GONE /* staged, and no more; gp-index --record knows why */
};

struct hash_job {
	struct record rec; /* of the filter */
	char *name; /* of a file given by name; owned by the job's maker */
	uint8_t want[DIGEST_SIZE];
	uint8_t sum[DIGEST_SIZE];
	enum verified verified;
	int error; /* errno where that is MISSING or UNREADABLE */
};

/* Does a job in one of the threads; D is the thread's own. */
typedef void pool_work(struct hash_job *job, struct digest *d, const void *arg);

struct pool;

/* Starts N threads. Without threads the program ends. */
struct pool *pool_new(unsigned n, pool_work *work, const void *arg);

/* Ends the threads (every job must be retired) and frees all. */
void pool_free(struct pool *pool);

/* The job to fill next, or NULL while the window is full. */
struct hash_job *pool_slot(struct pool *pool);

/* Hands the job of pool_slot() to the threads. */
void pool_submit(struct pool *pool);

/* The oldest job if it is done, else NULL. */
struct hash_job *pool_done(struct pool *pool);

/* Frees the place of the job of pool_done() for another. */
void pool_retire(struct pool *pool);

/* Whether no job is in the window. */
bool pool_empty(const struct pool *pool);

/* Waits until the oldest job is done, or FD (-1 for none) can be read; true
 * if FD can. */
bool pool_wait(struct pool *pool, int fd);

#endif
