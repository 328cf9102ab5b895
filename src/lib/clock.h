/* Time that passes, whatever the wall clock is set to. */
#ifndef GP_LIB_CLOCK_H
#define GP_LIB_CLOCK_H

#include <stdint.h>

/* Milliseconds of the monotonic clock (clock_gettime(2)), for differences. */
int64_t clock_ms(void);

/* Sleeps for MS milliseconds, whatever signals come meanwhile. */
void clock_sleep(int64_t ms);

#endif
