#include "gp-auth/signin.h"

#include <stdio.h>
#include <time.h>

#include "lib/program/msg.h"

#define SOON ((int64_t)2 * 24 * 3600)

const char signin_testing[] =
    "the consent screen of your project is in Testing, so Google ends it "
    "early. "
    "To sign in for good: open https://console.cloud.google.com/auth/audience, "
    "press \"Publish app\" (unverified is fine for yourself), then sign in "
    "once "
    "more";

char *
signin_time(char buf[static SIGNIN_TIME_SIZE], int64_t seconds)
{
	time_t t = (time_t)seconds;
	struct tm tm;

	if (localtime_r(&t, &tm) == NULL ||
	    strftime(buf, SIGNIN_TIME_SIZE, "%Y-%m-%d %H:%M %Z", &tm) == 0)
		snprintf(buf, SIGNIN_TIME_SIZE, "an unknown time");
	return buf;
}

void
signin_warn(const char *account, const struct grant *grant)
{
	char when[SIGNIN_TIME_SIZE];

	if (grant->signin_expires == 0 ||
	    grant->signin_expires - (int64_t)time(NULL) > SOON)
		return;
	msg(NULL,
	    "the sign-in of account %s ends on %s; before that, run: "
	    "gp-auth login --account %s",
	    account, signin_time(when, grant->signin_expires), account);
}
