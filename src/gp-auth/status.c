/* gp-auth status: who is signed in, for what, until when. */
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include "gp-auth/auth.h"
#include "gp-auth/scope.h"
#include "gp-auth/signin.h"
#include "gp-auth/store.h"
#include "lib/buf.h"
#include "lib/program/out.h"

#define TEXT_MAX ((size_t)64 * 1024)

static void
print_scopes(struct buf *b, const char *granted)
{
	bool has;
	int i;

	for (i = 0; i < SCOPE_COUNT; i++) {
		has = granted != NULL && scope_in(granted, scopes[i].name);
		buf_printf(b, "scope: %s%s: %s\n",
		    has ? "" : "NOT GRANTED: ", scopes[i].name,
		    scopes[i].words);
	}
}

static void
print_access(struct buf *b, const struct grant *grant)
{
	char when[SIGNIN_TIME_SIZE];

	if (grant->access_token == NULL ||
	    grant->access_expires <= (int64_t)time(NULL))
		buf_adds(b,
		    "access token: over; the next use gets a new one\n");
	else
		buf_printf(b,
		    "access token: until %s, then renewed by itself\n",
		    signin_time(when, grant->access_expires));
}

/* Says how long the sign-in lasts; whether it does at all. */
static bool
print_signin(struct buf *b, const char *account, const struct grant *grant)
{
	const bool over = grant->signin_expires != 0 &&
	    grant->signin_expires <= (int64_t)time(NULL);
	char when[SIGNIN_TIME_SIZE];

	buf_printf(b, "signed in: %s\n", signin_time(when, grant->signed_in));
	if (grant->signin_expires == 0) {
		buf_adds(b,
		    "sign-in: no end known; dies if unused for six "
		    "months or revoked\n");
		return true;
	}
	buf_printf(b, "sign-in: %s on %s\nwarning: %s\n",
	    over ? "ENDED" : "ENDS", signin_time(when, grant->signin_expires),
	    signin_testing);
	if (over)
		buf_printf(b, "run: gp-auth login --account %s\n", account);
	return !over;
}

enum status
auth_status(const struct auth_options *opt)
{
	struct grant grant = { 0 };
	struct store s;
	struct buf text;
	enum status status = STATUS_STOPPED;

	buf_init(&text, TEXT_MAX);
	if (store_open(&s, opt->account) == 0)
		status = store_require(&s, &grant);
	if (status == STATUS_DONE) {
		buf_printf(&text, "account: %s\nclient: %s\n", opt->account,
		    grant.client_id);
		print_scopes(&text, grant.scope);
		print_access(&text, &grant);
		if (!print_signin(&text, opt->account, &grant))
			status = STATUS_PERSON;
		out_text(text.data);
	}
	buf_release(&text);
	grant_release(&grant);
	store_close(&s);
	return status;
}
