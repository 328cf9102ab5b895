#include "lib/google/quota.h"

#include <stdio.h>

#include "lib/num.h"

#define HOUR ((time_t)3600)

/* The N-th Sunday of MONTH (0 to 11) in YEAR (since 1900), midnight UTC. */
static time_t
sunday(int year, int month, int n)
{
	struct tm first = { .tm_year = year, .tm_mon = month, .tm_mday = 1 };
	time_t t;

	t = timegm(&first); /* fills in the day of the week */
	return t + ((7 - first.tm_wday) % 7 + 7 * (n - 1)) * NUM_DAY;
}

/* Seconds to add to UTC: daylight saving lasts from 2:00 on the second Sunday
 * of March to 2:00 on the first one of November (US law since 2007). */
static time_t
pacific_offset(time_t t)
{
	struct tm utc;

	gmtime_r(&t, &utc);
	if (t >= sunday(utc.tm_year, 2, 2) + 10 * HOUR &&
	    t < sunday(utc.tm_year, 10, 1) + 9 * HOUR)
		return -7 * HOUR;
	return -8 * HOUR;
}

time_t
quota_next(time_t now)
{
	time_t local, midnight;

	local = now + pacific_offset(now);
	midnight = (local / NUM_DAY + 1) * NUM_DAY; /* as if it were UTC */
	/* 7:00 UTC is that midnight or an hour before it, and on the right
	 * side of a change of clocks, which happens at 2:00 */
	return midnight - pacific_offset(midnight + 7 * HOUR);
}

char *
quota_format(char *buf, size_t n, time_t t)
{
	struct tm local;

	if (localtime_r(&t, &local) == NULL ||
	    strftime(buf, n, "%Y-%m-%d %H:%M %Z", &local) == 0)
		snprintf(buf, n, "midnight");
	return buf;
}
