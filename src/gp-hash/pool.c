#include "gp-hash/pool.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "lib/mem.h"
#include "lib/program/msg.h"

/* jobs in flight a thread: enough that a big file holds nobody up at once,
 * few enough that long records don't fill the memory */
#define WINDOW 8

/*
 * The window is a ring. Numbers only grow; a job lies at number % size:
 * retired < head <= next <= tail, [head, next) is being worked on or done,
 * [next, tail) waits for a thread.
 */
struct pool {
	pthread_mutex_t lock; /* over next, tail, done and ending */
	pthread_cond_t work_there;
	pthread_t *thread;
	unsigned threads;
	pool_work *work;
	const void *arg;
	struct hash_job *job;
	bool *done;
	size_t size, head, next, tail;
	bool ending;
	int wake; /* eventfd: the oldest job is done */
};

static void
lock(struct pool *pool)
{
	if (pthread_mutex_lock(&pool->lock) != 0)
		msg_die("a lock failed");
}

static void
unlock(struct pool *pool)
{
	if (pthread_mutex_unlock(&pool->lock) != 0)
		msg_die("a lock failed");
}

/* Wakes the owner; the counter can't be full, so this can't fail. */
static void
wake_owner(struct pool *pool)
{
	uint64_t one = 1;

	if (write(pool->wake, &one, sizeof(one)) != (ssize_t)sizeof(one))
		msg_die("waking a thread: %s", strerror(errno));
}

static void *
thread_main(void *arg)
{
	struct pool *pool = arg;
	struct digest *d;
	size_t i;

	d = digest_new();
	lock(pool);
	for (;;) {
		while (pool->next == pool->tail && !pool->ending)
			pthread_cond_wait(&pool->work_there, &pool->lock);
		if (pool->next == pool->tail)
			break;
		i = pool->next++;
		unlock(pool);
		pool->work(&pool->job[i % pool->size], d, pool->arg);
		lock(pool);
		pool->done[i % pool->size] = true;
		if (i == pool->head)
			wake_owner(pool);
	}
	unlock(pool);
	digest_free(d);
	return NULL;
}

struct pool *
pool_new(unsigned n, pool_work *work, const void *arg)
{
	struct pool *pool;
	size_t i;
	int error;

	/* exit() must not clean up under the feet of threads that still hash */
	OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL);
	pool = mem_alloc(sizeof(*pool));
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->work_there, NULL);
	pool->work = work;
	pool->arg = arg;
	pool->size = (size_t)n * WINDOW;
	pool->job = mem_alloc(pool->size * sizeof(*pool->job));
	pool->done = mem_alloc(pool->size * sizeof(*pool->done));
	for (i = 0; i < pool->size; i++)
		record_init(&pool->job[i].rec);
	pool->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (pool->wake < 0)
		msg_die("eventfd: %s", strerror(errno));
	pool->thread = mem_alloc(n * sizeof(*pool->thread));
	for (; pool->threads < n; pool->threads++) {
		error = pthread_create(&pool->thread[pool->threads], NULL,
		    thread_main, pool);
		if (error != 0)
			msg_die("no thread: %s", strerror(error));
	}
	return pool;
}

void
pool_free(struct pool *pool)
{
	size_t i;

	lock(pool);
	pool->ending = true;
	pthread_cond_broadcast(&pool->work_there);
	unlock(pool);
	for (i = 0; i < pool->threads; i++)
		pthread_join(pool->thread[i], NULL);
	for (i = 0; i < pool->size; i++)
		record_release(&pool->job[i].rec);
	close(pool->wake);
	pthread_cond_destroy(&pool->work_there);
	pthread_mutex_destroy(&pool->lock);
	free(pool->thread);
	free(pool->done);
	free(pool->job);
	free(pool);
}

/* head and tail are written by the owner alone, who may read them freely. */
struct hash_job *
pool_slot(struct pool *pool)
{
	if (pool->tail - pool->head == pool->size)
		return NULL;
	return &pool->job[pool->tail % pool->size];
}

void
pool_submit(struct pool *pool)
{
	lock(pool);
	pool->done[pool->tail % pool->size] = false;
	pool->tail++;
	pthread_cond_signal(&pool->work_there);
	unlock(pool);
}

struct hash_job *
pool_done(struct pool *pool)
{
	bool done;

	if (pool_empty(pool))
		return NULL;
	lock(pool);
	done = pool->done[pool->head % pool->size];
	unlock(pool);
	return done ? &pool->job[pool->head % pool->size] : NULL;
}

void
pool_retire(struct pool *pool)
{
	lock(pool);
	pool->head++;
	unlock(pool);
}

bool
pool_empty(const struct pool *pool)
{
	return pool->head == pool->tail;
}

bool
pool_wait(struct pool *pool, int fd)
{
	struct pollfd p[2] = { { pool->wake, POLLIN, 0 }, { fd, POLLIN, 0 } };
	uint64_t count;

	while (poll(p, 2, -1) < 0) {
		if (errno != EINTR)
			msg_die("poll: %s", strerror(errno));
	}
	/* whoever finished since then has written again */
	if (p[0].revents != 0 && read(pool->wake, &count, sizeof(count)) < 0 &&
	    errno != EAGAIN)
		msg_die("eventfd: %s", strerror(errno));
	return p[1].revents != 0;
}
