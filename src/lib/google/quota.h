/* When Google's daily quotas start again: at midnight in California. */
#ifndef GP_LIB_GOOGLE_QUOTA_H
#define GP_LIB_GOOGLE_QUOTA_H

#include <stddef.h>
#include <time.h>

/* The first midnight in Pacific time after NOW. Knows the rule of daylight
 * saving itself: a NAS may come without a time zone data base. */
time_t quota_next(time_t now);

/* "2026-11-24 09:00 CET" for T in local time, into BUF of N bytes; returns
 * BUF. */
char *quota_format(char *buf, size_t n, time_t t);

#endif
