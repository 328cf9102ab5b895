/* Numbers and times from text, strictly: nothing before, nothing behind. */
#ifndef GP_LIB_NUM_H
#define GP_LIB_NUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define NUM_DAY ((int64_t)24 * 60 * 60) /* seconds */

/* Whether C is one of 0 to 9, whatever the locale. */
static inline bool
num_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The N digits at P as a number, at most nine; -1 where one is none. */
int num_digits(const char *p, size_t n);

/* A decimal number between MIN and MAX; 0 or -1. No blanks, no '+'. */
int num_parse(const char *s, int64_t min, int64_t max, int64_t *value);

/* 0 to 15 for a hexadecimal digit of either case, -1 for anything else. */
int num_hex_digit(char c);

/* Bytes: digits with an optional k, M, G, T, also kB and so on (1000s), or KiB,
 * MiB, GiB, TiB (1024s; IEC 80000-13); 0 or -1. */
int num_parse_size(const char *s, int64_t *bytes);

/* RFC 3339 to seconds and nanoseconds since 1970 (fraction and offset
 * accepted; before 1970 too); 0 or -1. NS may be NULL. */
int num_parse_time(const char *s, int64_t *seconds, long *ns);

#define NUM_TIME_SIZE 40

/* Seconds since 1970 as "2024-05-01T10:20:30Z" into BUF; 0, or -1 where the
 * year is not within 0 to 9999. */
int num_format_time(char buf[static NUM_TIME_SIZE], int64_t seconds);

/* 12100000000 as "12.1 GB" (1000s) into BUF of N bytes; returns BUF. */
char *num_format_size(char *buf, size_t n, int64_t bytes);

#endif
