#include "gp-list/media/name-date.h"

#include <string.h>
#include <strings.h>
#include <time.h>

#include "lib/num.h"

#define FIRST_YEAR 1990 /* no camera named files by their time before */

/* The numbers of a date or a time, and where it ends. */
struct found {
	int number[3];
	const char *end;
};

/* Three numbers at P, the first of FIRST digits, the others of two; between
 * them one of BETWEEN, the same both times, or nothing. */
static bool
take_three(struct found *f, const char *p, size_t first, const char *between)
{
	char divider = '\0';
	int i;

	for (i = 0; i < 3; i++) {
		f->number[i] = num_digits(p, i == 0 ? first : 2);
		if (f->number[i] < 0)
			return false;
		p += i == 0 ? first : 2;
		if (i == 0 && *p != '\0' && strchr(between, *p) != NULL)
			divider = *p;
		if (i < 2 && divider != '\0' && *p++ != divider)
			return false;
	}
	f->end = p;
	return true;
}

/* Whether P is behind a number that is not longer than those in it; a camera
 * writes thousandths behind the seconds. */
static bool
ends_here(const char *p, bool thousandths)
{
	if (thousandths && num_digits(p, 3) >= 0)
		p += 3;
	return !num_is_digit(*p);
}

/* Whether P goes on with AM or PM, as a Mac's screenshots do; since 2022 with a
 * narrow blank before. */
static bool
is_of_twelve(const char *p)
{
	if (*p == ' ')
		p++;
	else if (strncmp(p, "\xe2\x80\xaf", 3) == 0)
		p += 3;
	return strncasecmp(p, "am", 2) == 0 || strncasecmp(p, "pm", 2) == 0;
}

/* The time behind a date that ends at P, as in "_123456" or " at 12.34.56".
 * Hours of a clock of twelve tell no time. */
static bool
take_time(struct found *f, const char *p)
{
	if (strncmp(p, " at ", 4) == 0)
		p += 4;
	else if (*p != '\0' && strchr("_- .T", *p) != NULL)
		p++;
	return take_three(f, p, 2, "-._:") && ends_here(f->end, true) &&
	    !is_of_twelve(f->end);
}

/* DATE and TIME as seconds since 1970; -1 where there is no such time. */
static time_t
seconds_of(const struct found *date, const struct found *at, bool utc)
{
	struct tm tm = { .tm_year = date->number[0] - 1900,
		.tm_mon = date->number[1] - 1,
		.tm_mday = date->number[2],
		.tm_hour = at->number[0],
		.tm_min = at->number[1],
		.tm_sec = at->number[2],
		.tm_isdst = -1 };
	struct tm again = tm;
	const time_t t = timegm(&again); /* 31 June would become 1 July */

	if (again.tm_mon != tm.tm_mon || again.tm_mday != tm.tm_mday ||
	    again.tm_hour != tm.tm_hour || again.tm_min != tm.tm_min ||
	    again.tm_sec != tm.tm_sec)
		return (time_t)-1;
	return utc ? t : mktime(&tm);
}

/* Takes the date that begins at P, of a name that is in UTC or not. */
static bool
take_date(struct media *m, const char *p, bool utc)
{
	static const struct found noon = { .number = { 12, 0, 0 } };
	struct found date, at;
	time_t t;

	if (!take_three(&date, p, 4, "-._") || date.number[0] < FIRST_YEAR)
		return false;
	if (!take_time(&at, date.end)) {
		if (!ends_here(date.end, false))
			return false;
		at = noon;
	}
	t = seconds_of(&date, &at, utc);
	if (t == (time_t)-1)
		return false;
	m->taken = (int64_t)t;
	m->from = MEDIA_TIME_NAME;
	m->zone_assumed = !utc;
	return true;
}

bool
name_date_read(struct media *m, const char *name)
{
	/* a Pixel names its photos in UTC, all others by the clock there */
	const bool utc = strncmp(name, "PXL_", 4) == 0;
	const char *p;

	for (p = name; *p != '\0'; p++) {
		if (num_is_digit(*p) && (p == name || !num_is_digit(p[-1])) &&
		    take_date(m, p, utc))
			return true;
	}
	return false;
}
