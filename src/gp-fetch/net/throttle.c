#include "gp-fetch/net/throttle.h"

#include "lib/clock.h"

#define BURST_MS 200 /* what may gather while nobody draws */
#define WAIT_MAX_MS 1000

void
throttle_init(struct throttle *t, int64_t rate)
{
	t->rate = rate;
	pthread_mutex_init(&t->lock, NULL);
	t->left = 0;
	t->filled = clock_ms();
}

/* Divided first: a rate may be any number of bytes. */
static int64_t
in_time(int64_t rate, int64_t ms)
{
	return rate / 1000 * ms + rate % 1000 * ms / 1000;
}

static void
fill(struct throttle *t)
{
	int64_t now = clock_ms(), ms = now - t->filled;
	int64_t most = in_time(t->rate, BURST_MS) + 1;

	if (ms > WAIT_MAX_MS)
		ms = WAIT_MAX_MS;
	/* what rounds to nothing yet is left to gather */
	if (in_time(t->rate, ms) == 0)
		return;
	t->left += in_time(t->rate, ms);
	t->filled = now;
	if (t->left > most)
		t->left = most;
}

int
throttle_ask(struct throttle *t)
{
	int64_t ms = 0;

	if (t->rate == 0)
		return 0;
	pthread_mutex_lock(&t->lock);
	fill(t);
	if (t->left <= 0)
		ms = -t->left / (t->rate / 1000 + 1) + 1;
	pthread_mutex_unlock(&t->lock);
	return ms > WAIT_MAX_MS ? WAIT_MAX_MS : (int)ms;
}

void
throttle_spend(struct throttle *t, int64_t n)
{
	if (t->rate == 0)
		return;
	pthread_mutex_lock(&t->lock);
	t->left -= n;
	pthread_mutex_unlock(&t->lock);
}
