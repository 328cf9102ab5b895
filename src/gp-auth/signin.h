/* How long a sign-in lasts, in words for a person. */
#ifndef GP_AUTH_SIGNIN_H
#define GP_AUTH_SIGNIN_H

#include <stdint.h>

#include "gp-auth/grant.h"

#define SIGNIN_TIME_SIZE 64

/* SECONDS since 1970 as local date and time into BUF; returns BUF. */
char *signin_time(char buf[static SIGNIN_TIME_SIZE], int64_t seconds);

/* Why a sign-in ends after seven days, and what ends that. */
extern const char signin_testing[];

/* Says on stderr when the sign-in ends, if that is less than two days off. */
void signin_warn(const char *account, const struct grant *grant);

#endif
