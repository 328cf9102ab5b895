/* gp-auth revoke: ends the sign-in at Google, then here. */
#include <string.h>

#include "gp-auth/auth.h"
#include "gp-auth/form.h"
#include "gp-auth/google.h"
#include "gp-auth/store.h"
#include "lib/program/msg.h"

/* Tells Google; DONE also when the sign-in was dead already. */
static enum status
revoke_there(const struct store *s, const struct grant *grant)
{
	struct json_object *answer = NULL;
	struct google google;
	struct buf form;
	enum google_result result;
	enum status status = STATUS_STOPPED;

	if (google_init(&google) == 0) {
		buf_init(&form, FORM_MAX);
		form_add(&form, "token", grant->refresh_token);
		result = google_post(&google, google.revoke_url, &form,
		    &answer);
		secret_release(&form);
		json_object_put(answer);
		if (result == GOOGLE_OK ||
		    (result == GOOGLE_REFUSED &&
			strcmp(google.error, "invalid_token") == 0))
			status = STATUS_DONE;
		else
			msg(NULL,
			    "%s: not revoked, the sign-in is still kept: "
			    "%s",
			    s->account, google.message);
	}
	google_release(&google);
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
