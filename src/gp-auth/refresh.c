/* gp-auth token: an access token that is good for five minutes at least. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gp-auth/auth.h"
#include "gp-auth/form.h"
#include "gp-auth/oauth.h"
#include "gp-auth/signin.h"
#include "gp-auth/store.h"
#include "lib/digest.h"
#include "lib/program/msg.h"
#include "lib/program/out.h"

#define ENOUGH 300 /* seconds that must be left of a token handed out */

/*
 * Whether Google refused TOKEN (401) though its time is not over:
 * $GP_TOKEN_REFUSED is then its SHA-256. Another run may have replaced the
 * refused token already; that one is good.
 */
static bool
token_refused(const char *token)
{
	uint8_t hash[DIGEST_SIZE], refused[DIGEST_SIZE];
	const char *hex;

	hex = getenv("GP_TOKEN_REFUSED");
	if (hex == NULL || digest_parse(hex, refused) < 0)
		return false;
	digest_of(token, strlen(token), hash);
	return memcmp(hash, refused, sizeof(hash)) == 0;
}

static bool
token_good(const struct grant *grant)
{
	return grant->access_token != NULL &&
	    grant->access_expires - (int64_t)time(NULL) >= ENOUGH &&
	    !token_refused(grant->access_token);
}

/* Asks Google for a new access token; GRANT has it after DONE. */
static enum status
refresh(const struct store *s, struct grant *grant)
{
	struct json_object *answer = NULL;
	struct oauth oauth;
	struct buf form;
	enum oauth_result result;
	enum status status = STATUS_DONE;

	if (oauth_init(&oauth) < 0) {
		oauth_release(&oauth);
		return STATUS_STOPPED;
	}
	msg_at(1, NULL, "asking Google for a new access token");
	buf_init(&form, FORM_MAX);
	form_add(&form, "client_id", grant->client_id);
	form_add(&form, "client_secret", grant->client_secret);
	form_add(&form, "refresh_token", grant->refresh_token);
	form_add(&form, "grant_type", "refresh_token");
	result = oauth_post(&oauth, oauth.token_url, &form, &answer);
	secret_release(&form);
	if (result != OAUTH_OK) {
		status = oauth_failed(&oauth, result, "no access token",
		    s->account);
	} else if (oauth_take(grant, answer) < 0) {
		msg(NULL, "%s: the answer of %s has no access token",
		    s->account, oauth.token_url);
		status = STATUS_STOPPED;
	}
	json_object_put(answer);
	oauth_release(&oauth);
	return status;
}

/* Makes the token good, one run at a time: who waited finds it done. */
static enum status
renew(struct store *s, struct grant *grant)
{
	enum status status;

	msg_at(2, NULL, "waiting for the lock of account %s", s->account);
	if (store_lock(s) < 0)
		return STATUS_STOPPED;
	status = store_require(s, grant);
	if (status != STATUS_DONE || token_good(grant))
		return status;
	status = refresh(s, grant);
	if (status == STATUS_DONE && store_save(s, grant) < 0)
		status = STATUS_STOPPED;
	if (status == STATUS_DONE)
		signin_warn(s->account, grant);
	return status;
}

enum status
auth_token(const struct auth_options *opt)
{
	struct grant grant = { 0 };
	struct store s;
	enum status status = STATUS_STOPPED;

	if (store_open(&s, opt->account) == 0) {
		status = store_require(&s, &grant);
		if (status == STATUS_DONE && !token_good(&grant))
			status = renew(&s, &grant);
	}
	if (status == STATUS_DONE) {
		out_text(grant.access_token);
		out_text("\n");
	}
	grant_release(&grant);
	store_close(&s);
	return status;
}
