/*
 * The threads that do the work: some for the network, each with a curl multi
 * handle of its own, and one that copies local files. The main loop hands
 * them jobs and takes the jobs back; it alone reads stdin and writes stdout.
 */
#ifndef GP_FETCH_WORKERS_H
#define GP_FETCH_WORKERS_H

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "gp-fetch/job.h"
#include "gp-fetch/net/throttle.h"
#include "gp-fetch/staging.h"

#define WORKERS_REMOTE 2 /* threads for the network */

/* What each kind of thread runs, with its struct worker. */
struct worker_runs {
	void *(*fetch)(void *worker); /* has its multi handle made */
	void *(*copy)(void *worker);
	void *(*pass)(void *worker);
};

/* One thread and what waits for it. */
struct worker {
	struct workers *workers;
	pthread_t thread;
	bool started; /* main's */
	unsigned active; /* main's: jobs handed over and not back yet */
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct job_list inbox; /* under the lock */
	bool ended; /* under the lock: no more will come */
	CURLM *multi; /* network workers: woken when something comes */
};

struct workers {
	const struct worker_runs *runs;
	const struct staging *staging;
	unsigned jobs; /* at most so many at once */
	struct throttle throttle;
	unsigned remotes; /* network workers in use */
	struct worker remote[WORKERS_REMOTE];
	struct worker local, pass;
	int wake; /* eventfd: readable when something came back */
	pthread_mutex_t lock;
	struct job_list done; /* under the lock */
	pthread_cond_t room; /* done was taken */
	atomic_llong received; /* bytes of all transfers */
	atomic_bool abort; /* give everything back at once */
};

/* At most JOBS at once, together at most RATE bytes a second (0: any). RUNS
 * must outlive them. Starts nothing yet. 0, or -1 with the reason said. */
int workers_init(struct workers *workers, const struct worker_runs *runs,
    const struct staging *staging, unsigned jobs, int64_t rate);

/* Ends the threads, which must have no jobs. */
void workers_release(struct workers *workers);

/* Hands a job over: to be fetched by https, to be copied from a file of this
 * machine. */
void workers_fetch(struct workers *workers, struct job *job);
void workers_copy(struct workers *workers, struct job *job);

/* Hands a pass over: JOB has the spill of what is taken from a part of an
 * export. */
void workers_pass(struct workers *workers, struct job *job);

/* Jobs handed over and not taken back; a pass and its jobs do not count. */
unsigned workers_active(const struct workers *workers);

/* Takes what has come back; called after workers->wake was readable, or at any
 * time. */
struct job_list workers_take(struct workers *workers);

/* Every transfer comes back soon, ABORTED or as it is. */
void workers_abort(struct workers *workers);

/* For the threads: WAKE, as in struct workers, becomes readable. */
void workers_tell(int wake);

/* For the threads: waits while very many jobs were given back and not taken. */
void workers_wait_room(struct workers *workers);

/* For the threads: gives a job back. */
void worker_return(struct worker *worker, struct job *job);

/* For the threads: the next job. With WAIT until there is one; NULL when there
 * is none (yet), *ENDED when none will come. */
struct job *worker_take(struct worker *worker, bool wait, bool *ended);

#endif
