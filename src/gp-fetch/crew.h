/*
 * The threads that do the work: some for the network, each with a curl multi
 * handle of its own, and one that copies local files. The main loop hands
 * them jobs and takes the jobs back; it alone reads stdin and writes stdout.
 */
#ifndef GP_FETCH_CREW_H
#define GP_FETCH_CREW_H

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "gp-fetch/job.h"
#include "gp-fetch/staging.h"
#include "gp-fetch/throttle.h"

#define CREW_LANES 2 /* threads for the network */

/* One thread and what waits for it. */
struct lane {
	struct crew *crew;
	pthread_t thread;
	bool started; /* main's */
	unsigned active; /* main's: jobs handed over and not back yet */
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct job_list inbox; /* under the lock */
	bool ended; /* under the lock: no more will come */
	CURLM *multi; /* network lanes: woken when something comes */
};

struct crew {
	const struct staging *staging;
	unsigned jobs; /* at most so many at once */
	struct throttle throttle;
	unsigned lanes; /* network lanes in use */
	struct lane remote[CREW_LANES];
	struct lane local, pass;
	int wake; /* eventfd: readable when something came back */
	pthread_mutex_t lock;
	struct job_list done; /* under the lock */
	pthread_cond_t room; /* done was taken */
	atomic_llong received; /* bytes of all transfers */
	atomic_bool abort; /* give everything back at once */
};

/* At most JOBS at once, together at most RATE bytes a second (0: any). Starts
 * nothing yet. 0, or -1 with the reason said. */
int crew_init(struct crew *crew, const struct staging *staging, unsigned jobs,
    int64_t rate);

/* Ends the threads, which must have no jobs. */
void crew_release(struct crew *crew);

/* Hands a job over. */
void crew_fetch(struct crew *crew, struct job *job);
void crew_copy(struct crew *crew, struct job *job);
void crew_pass(struct crew *crew, struct job *job);

/* Jobs handed over and not taken back; a pass and its jobs do not count. */
unsigned crew_active(const struct crew *crew);

/* Takes what has come back; called after crew->wake was readable, or at any
 * time. */
struct job_list crew_take(struct crew *crew);

/* Every transfer comes back soon, ABORTED or as it is. */
void crew_abort(struct crew *crew);

/* For the threads: WAKE, a crew's, becomes readable. */
void crew_tell(int wake);

/* For the threads: waits while very many jobs were given back and not taken. */
void crew_wait_room(struct crew *crew);

/* For the threads: gives a job back. */
void lane_return(struct lane *lane, struct job *job);

/* For the threads: the next job. With WAIT until there is one; NULL when there
 * is none (yet), *ENDED when none will come. */
struct job *lane_take(struct lane *lane, bool wait, bool *ended);

#endif
