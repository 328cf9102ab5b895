#include "gp-fetch/workers.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "gp-fetch/copy.h"
#include "gp-fetch/network.h"
#include "gp-fetch/pass.h"
#include "lib/msg.h"

#define DONE_MAX 64 /* a pass waits beyond it: memory stays flat */

int
workers_init(struct workers *crew, const struct staging *staging, unsigned jobs,
    int64_t rate)
{
	memset(crew, 0, sizeof(*crew));
	crew->staging = staging;
	crew->jobs = jobs;
	throttle_init(&crew->throttle, rate);
	crew->lanes = jobs < CREW_LANES ? jobs : CREW_LANES;
	pthread_mutex_init(&crew->lock, NULL);
	pthread_cond_init(&crew->room, NULL);
	crew->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (crew->wake < 0) {
		msg(NULL, "cannot start: %s", strerror(errno));
		return -1;
	}
	return 0;
}

/* Signals are for the main thread. */
static void
lane_start(struct workers *crew, struct worker *lane, void *(*run)(void *))
{
	sigset_t all, before;
	int error;

	lane->crew = crew;
	pthread_mutex_init(&lane->lock, NULL);
	pthread_cond_init(&lane->more, NULL);
	if (run == network_run) {
		lane->multi = curl_multi_init();
		if (lane->multi == NULL)
			msg_die("out of memory");
	}
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&lane->thread, NULL, run, lane);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error != 0)
		msg_die("cannot start a thread: %s", strerror(error));
	lane->started = true;
}

/* A thread that can't be woken would sleep on beside its work. */
static void
lane_wake(struct worker *lane)
{
	CURLMcode code = CURLM_OK;

	if (lane->multi != NULL)
		code = curl_multi_wakeup(lane->multi);
	else
		pthread_cond_signal(&lane->more);
	if (code != CURLM_OK)
		msg_die("cannot wake a thread: %s; perhaps too few files may "
			"be open (ulimit -n)",
		    curl_multi_strerror(code));
}

void
workers_tell(int wake)
{
	if (eventfd_write(wake, 1) < 0 && errno != EAGAIN)
		msg_die("cannot wake the main thread: %s", strerror(errno));
}

static void
lane_end(struct worker *lane)
{
	if (!lane->started)
		return;
	pthread_mutex_lock(&lane->lock);
	lane->ended = true;
	lane_wake(lane);
	pthread_mutex_unlock(&lane->lock);
	pthread_join(lane->thread, NULL);
	if (lane->multi != NULL)
		curl_multi_cleanup(lane->multi);
	pthread_cond_destroy(&lane->more);
	pthread_mutex_destroy(&lane->lock);
	lane->started = false;
}

void
workers_release(struct workers *crew)
{
	unsigned i;

	for (i = 0; i < CREW_LANES; i++)
		lane_end(&crew->remote[i]);
	lane_end(&crew->local);
	lane_end(&crew->pass);
	/* wake stays open: an errand that was left may still write to it */
	pthread_cond_destroy(&crew->room);
	pthread_mutex_destroy(&crew->lock);
}

static void
hand_over(struct worker *lane, struct job *job)
{
	lane->active++;
	pthread_mutex_lock(&lane->lock);
	job_append(&lane->inbox, job);
	lane_wake(lane);
	pthread_mutex_unlock(&lane->lock);
}

void
workers_fetch(struct workers *crew, struct job *job)
{
	struct worker *lane = &crew->remote[0];
	unsigned i;

	for (i = 1; i < crew->lanes; i++) {
		if (crew->remote[i].active < lane->active)
			lane = &crew->remote[i];
	}
	if (!lane->started)
		lane_start(crew, lane, network_run);
	job->lane = lane;
	hand_over(lane, job);
}

void
workers_copy(struct workers *crew, struct job *job)
{
	if (!crew->local.started)
		lane_start(crew, &crew->local, copy_run);
	job->lane = &crew->local;
	hand_over(&crew->local, job);
}

void
workers_pass(struct workers *crew, struct job *job)
{
	if (!crew->pass.started)
		lane_start(crew, &crew->pass, pass_run);
	job->lane = &crew->pass;
	hand_over(&crew->pass, job);
}

unsigned
workers_active(const struct workers *crew)
{
	unsigned i, n = crew->local.active;

	for (i = 0; i < crew->lanes; i++)
		n += crew->remote[i].active;
	return n;
}

struct job_list
workers_take(struct workers *crew)
{
	const struct job_list none = { NULL, NULL, 0 };
	struct job_list list;
	struct job *job;
	eventfd_t count;

	eventfd_read(crew->wake, &count);
	pthread_mutex_lock(&crew->lock);
	list = crew->done;
	crew->done = none;
	pthread_cond_signal(&crew->room);
	pthread_mutex_unlock(&crew->lock);
	for (job = list.first; job != NULL; job = job->next) {
		if (job->lane != NULL) /* not one that a pass made */
			job->lane->active--;
	}
	return list;
}

void
workers_abort(struct workers *crew)
{
	unsigned i;

	atomic_store(&crew->abort, true);
	for (i = 0; i < CREW_LANES; i++) {
		if (crew->remote[i].started)
			lane_wake(&crew->remote[i]);
	}
}

void
workers_wait_room(struct workers *crew)
{
	pthread_mutex_lock(&crew->lock);
	while (crew->done.n >= DONE_MAX)
		pthread_cond_wait(&crew->room, &crew->lock);
	pthread_mutex_unlock(&crew->lock);
}

void
worker_return(struct worker *lane, struct job *job)
{
	struct workers *crew = lane->crew;

	pthread_mutex_lock(&crew->lock);
	job_append(&crew->done, job);
	pthread_mutex_unlock(&crew->lock);
	workers_tell(crew->wake);
}

struct job *
worker_take(struct worker *lane, bool wait, bool *ended)
{
	struct job *job;

	pthread_mutex_lock(&lane->lock);
	while (wait && lane->inbox.n == 0 && !lane->ended)
		pthread_cond_wait(&lane->more, &lane->lock);
	job = job_take(&lane->inbox);
	*ended = job == NULL && lane->ended;
	pthread_mutex_unlock(&lane->lock);
	return job;
}
