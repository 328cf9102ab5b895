#include "lib/package/ahead.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "lib/mem.h"

#define SLOTS 4 /* few: what is made should still be in the cache when read */

struct slot {
	ssize_t have; /* what MAKE gave */
	char *block;
};

struct ahead {
	ahead_make *make;
	void *arg;
	size_t n;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct slot slot[SLOTS];
	unsigned made, read; /* slots so far; the reader is at the one before */
	bool held; /* the reader uses slot READ - 1 */
	bool stop;
};

/* Waits for a slot that can be filled; false: there is nothing more to do. */
static bool
wait_for_room(struct ahead *a)
{
	bool go;

	pthread_mutex_lock(&a->lock);
	while (!a->stop && a->made - a->read + (a->held ? 1U : 0U) >= SLOTS)
		pthread_cond_wait(&a->changed, &a->lock);
	go = !a->stop;
	pthread_mutex_unlock(&a->lock);
	return go;
}

static void *
work(void *arg)
{
	struct ahead *a = arg;
	struct slot *slot;
	ssize_t have = 1;

	while (have > 0 && wait_for_room(a)) {
		slot = &a->slot[a->made % SLOTS];
		have = a->make(a->arg, slot->block, a->n);
		slot->have = have;
		pthread_mutex_lock(&a->lock);
		a->made++;
		pthread_cond_signal(&a->changed);
		pthread_mutex_unlock(&a->lock);
	}
	return NULL;
}

ssize_t
ahead_next(struct ahead *a, const void **block)
{
	struct slot *slot;

	pthread_mutex_lock(&a->lock);
	a->held = false;
	pthread_cond_signal(&a->changed);
	while (a->made == a->read)
		pthread_cond_wait(&a->changed, &a->lock);
	slot = &a->slot[a->read % SLOTS];
	if (slot->have > 0) { /* else it stays the next one */
		a->read++;
		a->held = true;
	}
	pthread_mutex_unlock(&a->lock);
	*block = slot->block;
	return slot->have;
}

static void
release(struct ahead *a)
{
	size_t i;

	for (i = 0; i < SLOTS; i++)
		free(a->slot[i].block);
	pthread_cond_destroy(&a->changed);
	pthread_mutex_destroy(&a->lock);
	free(a);
}

struct ahead *
ahead_start(ahead_make *make, void *arg, size_t n)
{
	struct ahead *a = mem_alloc(sizeof(*a));
	size_t i;
	int error;

	a->make = make;
	a->arg = arg;
	a->n = n;
	for (i = 0; i < SLOTS; i++)
		a->slot[i].block = mem_alloc(n);
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->changed, NULL);
	error = pthread_create(&a->thread, NULL, work, a);
	if (error == 0)
		return a;
	release(a);
	errno = error;
	return NULL;
}

void
ahead_stop(struct ahead *a)
{
	if (a == NULL)
		return;
	pthread_mutex_lock(&a->lock);
	a->stop = true;
	pthread_cond_signal(&a->changed);
	pthread_mutex_unlock(&a->lock);
	pthread_join(a->thread, NULL);
	release(a);
}
