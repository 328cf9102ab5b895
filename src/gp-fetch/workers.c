#include "gp-fetch/workers.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "lib/program/msg.h"

#define DONE_MAX 64 /* a pass waits beyond it: memory stays flat */

int
workers_init(struct workers *workers, const struct worker_runs *runs,
    const struct staging *staging, unsigned jobs, int64_t rate)
{
	memset(workers, 0, sizeof(*workers));
	workers->runs = runs;
	workers->staging = staging;
	workers->jobs = jobs;
	throttle_init(&workers->throttle, rate);
	workers->remotes = jobs < WORKERS_REMOTE ? jobs : WORKERS_REMOTE;
	pthread_mutex_init(&workers->lock, NULL);
	pthread_cond_init(&workers->room, NULL);
	workers->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (workers->wake < 0) {
		msg(NULL, "cannot start: %s", strerror(errno));
		return -1;
	}
	return 0;
}

/* Signals are for the main thread. */
static void
worker_start(struct workers *workers, struct worker *worker,
    void *(*run)(void *))
{
	sigset_t all, before;
	int error;

	worker->workers = workers;
	pthread_mutex_init(&worker->lock, NULL);
	pthread_cond_init(&worker->more, NULL);
	if (run == workers->runs->fetch) {
		worker->multi = curl_multi_init();
		if (worker->multi == NULL)
			msg_die("out of memory");
	}
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&worker->thread, NULL, run, worker);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error != 0)
		msg_die("cannot start a thread: %s", strerror(error));
	worker->started = true;
}

/* A thread that can't be woken would sleep on beside its work. */
static void
worker_wake(struct worker *worker)
{
	CURLMcode code = CURLM_OK;

	if (worker->multi != NULL)
		code = curl_multi_wakeup(worker->multi);
	else
		pthread_cond_signal(&worker->more);
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
worker_end(struct worker *worker)
{
	if (!worker->started)
		return;
	pthread_mutex_lock(&worker->lock);
	worker->ended = true;
	worker_wake(worker);
	pthread_mutex_unlock(&worker->lock);
	pthread_join(worker->thread, NULL);
	if (worker->multi != NULL)
		curl_multi_cleanup(worker->multi);
	pthread_cond_destroy(&worker->more);
	pthread_mutex_destroy(&worker->lock);
	worker->started = false;
}

void
workers_release(struct workers *workers)
{
	unsigned i;

	for (i = 0; i < WORKERS_REMOTE; i++)
		worker_end(&workers->remote[i]);
	worker_end(&workers->local);
	worker_end(&workers->pass);
	/* wake stays open: an api task that was left may still write to it */
	pthread_cond_destroy(&workers->room);
	pthread_mutex_destroy(&workers->lock);
}

static void
hand_over(struct worker *worker, struct job *job)
{
	worker->active++;
	pthread_mutex_lock(&worker->lock);
	job_append(&worker->inbox, job);
	worker_wake(worker);
	pthread_mutex_unlock(&worker->lock);
}

void
workers_fetch(struct workers *workers, struct job *job)
{
	struct worker *worker = &workers->remote[0];
	unsigned i;

	for (i = 1; i < workers->remotes; i++) {
		if (workers->remote[i].active < worker->active)
			worker = &workers->remote[i];
	}
	if (!worker->started)
		worker_start(workers, worker, workers->runs->fetch);
	job->worker = worker;
	hand_over(worker, job);
}

void
workers_copy(struct workers *workers, struct job *job)
{
	if (!workers->local.started)
		worker_start(workers, &workers->local, workers->runs->copy);
	job->worker = &workers->local;
	hand_over(&workers->local, job);
}

void
workers_pass(struct workers *workers, struct job *job)
{
	if (!workers->pass.started)
		worker_start(workers, &workers->pass, workers->runs->pass);
	job->worker = &workers->pass;
	hand_over(&workers->pass, job);
}

unsigned
workers_active(const struct workers *workers)
{
	unsigned i, n = workers->local.active;

	for (i = 0; i < workers->remotes; i++)
		n += workers->remote[i].active;
	return n;
}

struct job_list
workers_take(struct workers *workers)
{
	const struct job_list none = { NULL, NULL, 0 };
	struct job_list list;
	struct job *job;
	eventfd_t count;

	eventfd_read(workers->wake, &count);
	pthread_mutex_lock(&workers->lock);
	list = workers->done;
	workers->done = none;
	pthread_cond_signal(&workers->room);
	pthread_mutex_unlock(&workers->lock);
	for (job = list.first; job != NULL; job = job->next) {
		if (job->worker != NULL) /* not one that a pass made */
			job->worker->active--;
	}
	return list;
}

void
workers_abort(struct workers *workers)
{
	unsigned i;

	atomic_store(&workers->abort, true);
	for (i = 0; i < WORKERS_REMOTE; i++) {
		if (workers->remote[i].started)
			worker_wake(&workers->remote[i]);
	}
}

void
workers_wait_room(struct workers *workers)
{
	pthread_mutex_lock(&workers->lock);
	while (workers->done.n >= DONE_MAX)
		pthread_cond_wait(&workers->room, &workers->lock);
	pthread_mutex_unlock(&workers->lock);
}

void
worker_return(struct worker *worker, struct job *job)
{
	struct workers *workers = worker->workers;

	pthread_mutex_lock(&workers->lock);
	job_append(&workers->done, job);
	pthread_mutex_unlock(&workers->lock);
	workers_tell(workers->wake);
}

struct job *
worker_take(struct worker *worker, bool wait, bool *ended)
{
	struct job *job;

	pthread_mutex_lock(&worker->lock);
	while (wait && worker->inbox.n == 0 && !worker->ended)
		pthread_cond_wait(&worker->more, &worker->lock);
	job = job_take(&worker->inbox);
	*ended = job == NULL && worker->ended;
	pthread_mutex_unlock(&worker->lock);
	return job;
}
