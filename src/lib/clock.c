#include "lib/clock.h"

#include <errno.h>
#include <time.h>

int64_t
clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void
clock_sleep(int64_t ms)
{
	struct timespec rest = { .tv_sec = (time_t)(ms / 1000),
		.tv_nsec = (long)(ms % 1000 * 1000000) };

	while (nanosleep(&rest, &rest) < 0 && errno == EINTR)
		continue;
}
