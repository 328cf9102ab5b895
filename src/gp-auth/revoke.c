/* gp-auth revoke: ends the sign-in at Google, then here. */
#include <string.h>

#include "gp-auth/auth.h"
#include "gp-auth/form.h"
#include "gp-auth/oauth.h"
#include "gp-auth/store.h"
#include "lib/program/msg.h"

/* Tells Google; DONE also when the sign-in was dead already. */
static enum status
revoke_there(const struct store *s, const struct grant *grant)
{
	struct json_object *answer = NULL;
	struct oauth oauth;
	struct buf form;
	enum oauth_result result;
	enum status status = STATUS_STOPPED;

	if (oauth_init(&oauth) == 0) {
		buf_init(&form, FORM_MAX);
		form_add(&form, "token", grant->refresh_token);
		result = oauth_post(&oauth, oauth.revoke_url, &form, &answer);
		secret_release(&form);
		json_object_put(answer);
		if (result == OAUTH_OK ||
		    (result == OAUTH_REFUSED &&
			strcmp(oauth.error, "invalid_token") == 0))
			status = STATUS_DONE;
		else
			msg(NULL,
			    "%s: not revoked, the sign-in is still kept: "
			    "%s",
			    s->account, oauth.message);
	}
	oauth_release(&oauth);
	return status;
}

enum status
auth_revoke(const struct auth_options *opt)
{
	struct grant grant = { 0 };
	struct store s;
	enum store_result loaded = STORE_REFUSED;
	enum status status = STATUS_STOPPED;

	if (store_open(&s, opt->account) == 0 && store_lock(&s) == 0) {
		loaded = store_load(&s, &grant);
		if (loaded == STORE_FOUND)
			status = STATUS_DONE;
	}
	if (loaded == STORE_NONE) {
		msg(NULL, "account %s is not signed in", opt->account);
		store_close(&s);
		return STATUS_DONE;
	}
	if (status == STATUS_DONE)
		status = revoke_there(&s, &grant);
	if (status == STATUS_DONE && store_remove(&s) < 0)
		status = STATUS_STOPPED;
	if (status == STATUS_DONE)
		msg(NULL, "account %s is signed out", opt->account);
	grant_release(&grant);
	store_close(&s);
	return status;
}
