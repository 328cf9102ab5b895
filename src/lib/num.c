#include "lib/num.h"
#include "lib/mem.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int
num_parse(const char *s, int64_t min, int64_t max, int64_t *value)
{
	const char *first = *s == '-' ? s + 1 : s;
	intmax_t n;
	char *end;

	/* strtoimax would take blanks and a '+' */
	if (!num_is_digit(*first))
		return -1;
	errno = 0;
	n = strtoimax(s, &end, 10);
	if (errno != 0 || *end != '\0' || n < min || n > max)
		return -1;
	*value = n;
	return 0;
}

int
num_parse_size(const char *s, int64_t *bytes)
{
	static const char letters[] = "KMGT";
	char digits[24];
	const char *unit;
	int64_t n, step;
	size_t len = strspn(s, "0123456789");

	if (len == 0 || len >= sizeof(digits))
		return -1;
	memcpy(digits, s, len);
	digits[len] = '\0';
	if (num_parse(digits, 0, INT64_MAX, &n) < 0)
		return -1;
	s += len;
	if (*s != '\0') {
		unit = strchr(letters, *s == 'k' ? 'K' : *s);
		step = strcmp(s + 1, "iB") == 0 ? 1024 : 1000;
		if (unit == NULL ||
		    (step == 1000 && s[1] != '\0' && strcmp(s + 1, "B") != 0))
			return -1;
		for (; unit >= letters; unit--) {
			if (__builtin_mul_overflow(n, step, &n))
				return -1;
		}
	}
	*bytes = n;
	return 0;
}

int
num_digits(const char *p, size_t n)
{
	int value = 0;

	for (; n > 0; n--, p++) {
		if (!num_is_digit(*p))
			return -1;
		value = value * 10 + *p - '0';
	}
	return value;
}

/* N digits at *S as a number; moves *S behind them. -1 if there are fewer. */
static int
digits(const char **s, size_t n)
{
	int value = num_digits(*s, n);

	if (value >= 0)
		*s += n;
	return value;
}

static bool
skip(const char **s, const char *any_of)
{
	if (**s == '\0' || strchr(any_of, **s) == NULL)
		return false;
	(*s)++;
	return true;
}

static int
days_in_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : days[month - 1];
}

/* Days since 1970 in the Gregorian calendar, for years from 0. The year is
 * taken to begin in March, so that the leap day is its last. */
static int64_t
days_since_1970(int year, int month, int day)
{
	int64_t y = month > 2 ? year : year - 1;
	int64_t m = month > 2 ? month - 3 : month + 9;
	int64_t cycle = y >= 0 ? y / 400 : -1;
	int64_t of_cycle = y - cycle * 400;

	return cycle * 146097 + of_cycle * 365 + of_cycle / 4 - of_cycle / 100 +
	    (153 * m + 2) / 5 + day - 1 - 719468;
}

/* "2024-05-01"; days since 1970 into *DAYS. */
static int
parse_date(const char **s, int64_t *days)
{
	int year, month, day;

	year = digits(s, 4);
	if (year < 0 || !skip(s, "-"))
		return -1;
	month = digits(s, 2);
	if (month < 1 || month > 12 || !skip(s, "-"))
		return -1;
	day = digits(s, 2);
	if (day < 1 || day > days_in_month(year, month))
		return -1;
	*days = days_since_1970(year, month, day);
	return 0;
}

/* "10:20:30"; a leap second is the first of the next minute. */
static int
parse_clock(const char **s, int64_t *seconds)
{
	int hour, minute, second;

	hour = digits(s, 2);
	if (hour < 0 || hour > 23 || !skip(s, ":"))
		return -1;
	minute = digits(s, 2);
	if (minute < 0 || minute > 59 || !skip(s, ":"))
		return -1;
	second = digits(s, 2);
	if (second < 0 || second > 60)
		return -1;
	*seconds = hour * 3600 + minute * 60 + second;
	return 0;
}

/* ".123456789" or nothing; digits beyond the ninth are dropped. */
static int
parse_fraction(const char **s, long *ns)
{
	long unit = 100000000;

	*ns = 0;
	if (!skip(s, "."))
		return 0;
	if (!num_is_digit(**s))
		return -1;
	for (; num_is_digit(**s); (*s)++) {
		*ns += (**s - '0') * unit;
		unit /= 10;
	}
	return 0;
}

/* "Z" or "+01:00"; seconds east of Greenwich. */
static int
parse_offset(const char **s, int64_t *seconds)
{
	bool west;
	int hours, minutes;

	*seconds = 0;
	if (skip(s, "Zz"))
		return 0;
	west = **s == '-';
	if (!skip(s, "+-"))
		return -1;
	hours = digits(s, 2);
	if (hours < 0 || hours > 23 || !skip(s, ":"))
		return -1;
	minutes = digits(s, 2);
	if (minutes < 0 || minutes > 59)
		return -1;
	*seconds = hours * 3600 + minutes * 60;
	if (west)
		*seconds = -*seconds;
	return 0;
}

int
num_parse_time(const char *s, int64_t *seconds, long *ns)
{
	int64_t days, clock, offset;
	long fraction;

	if (parse_date(&s, &days) < 0 || !skip(&s, "Tt") ||
	    parse_clock(&s, &clock) < 0 || parse_fraction(&s, &fraction) < 0 ||
	    parse_offset(&s, &offset) < 0 || *s != '\0')
		return -1;
	*seconds = days * NUM_DAY + clock - offset;
	if (ns != NULL)
		*ns = fraction;
	return 0;
}

int
num_format_time(char buf[static NUM_TIME_SIZE], int64_t seconds)
{
	time_t t = (time_t)seconds;
	struct tm tm;

	if (t != seconds || gmtime_r(&t, &tm) == NULL || tm.tm_year < -1900 ||
	    tm.tm_year > 9999 - 1900)
		return -1;
	snprintf(buf, NUM_TIME_SIZE, "%04d-%02d-%02dT%02d:%02d:%02dZ",
	    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
	    tm.tm_sec);
	return 0;
}

char *
num_format_size(char *buf, size_t n, int64_t bytes)
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB",
		"EB" };
	uint64_t size = bytes < 0 ? -(uint64_t)bytes : (uint64_t)bytes;
	uint64_t unit = 1, tenths = size * 10;
	const char *sign = bytes < 0 ? "-" : "";
	size_t i = 0;

	/* what would be rounded to 1000.0 belongs to the next unit */
	while (
	    i + 1 < COUNT(units) && (i == 0 ? size >= 1000 : tenths >= 10000)) {
		i++;
		unit *= 1000;
		tenths = size / unit * 10 +
		    (size % unit * 10 + unit / 2) / unit;
	}
	if (i == 0)
		snprintf(buf, n, "%s%" PRIu64 " B", sign, size);
	else
		snprintf(buf, n, "%s%" PRIu64 ".%" PRIu64 " %s", sign,
		    tenths / 10, tenths % 10, units[i]);
	return buf;
}

int
num_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}
