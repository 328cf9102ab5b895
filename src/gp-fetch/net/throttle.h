/*
 * --limit-rate: one bucket of bytes that all transfers draw from, so that the
 * sum is what counts. A transfer that finds it empty pauses; the server is
 * then held back by TCP.
 */
#ifndef GP_FETCH_NET_THROTTLE_H
#define GP_FETCH_NET_THROTTLE_H

#include <pthread.h>
#include <stdint.h>

struct throttle {
	int64_t rate; /* bytes a second; 0: no limit */
	pthread_mutex_t lock;
	int64_t left; /* bytes that may come now; below 0 when overdrawn */
	int64_t filled; /* monotonic ms of the last filling */
};

/* RATE in bytes a second; 0 for no limit. */
void throttle_init(struct throttle *t, int64_t rate);

/* Milliseconds until bytes may come; 0: now. */
int throttle_ask(struct throttle *t);

/* N bytes came. */
void throttle_spend(struct throttle *t, int64_t n);

#endif
