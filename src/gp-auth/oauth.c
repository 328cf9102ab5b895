#include "gp-auth/oauth.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/clock.h"
#include "lib/google/api.h"
#include "lib/google/hosts.h"
#include "lib/mem.h"
#include "lib/program/msg.h"
#include "lib/record/json.h"

#define AUTH_URL "https://accounts.google.com/o/oauth2/v2/auth"
#define TOKEN_URL "https://oauth2.googleapis.com/token"

#define TOKEN_TRIES 5 /* about 15 seconds of waiting in all */
#define LOCKED_WAIT_MAX 60 /* seconds; others may wait for our lock */

/* The address in environment variable NAME, else FALLBACK, copied; NULL with
 * the reason said where it is not fit. */
static char *
address(const char *name, const char *fallback)
{
	const char *url;

	url = getenv(name);
	if (url == NULL || url[0] == '\0')
		url = fallback;
	if (!hosts_api_allowed(url)) {
		msg(name,
		    "%s: must be an https address (plain http only to "
		    "127.0.0.1)",
		    url);
		return NULL;
	}
	return mem_strdup(url);
}

/* /revoke on the server of the token address. */
static char *
revoke_address(const char *token_url)
{
	const char *host;

	host = strstr(token_url, "://");
	host = host == NULL ? token_url : host + 3;
	return mem_printf("%.*s/revoke",
	    (int)(host - token_url) + (int)strcspn(host, "/?#"), token_url);
}

int
oauth_init(struct oauth *g)
{
	memset(g, 0, sizeof(*g));
	http_reply_init(&g->reply);
	g->auth_url = address("GP_AUTH_URL", AUTH_URL);
	g->token_url = address("GP_TOKEN_URL", TOKEN_URL);
	if (g->auth_url == NULL || g->token_url == NULL)
		return -1;
	g->revoke_url = revoke_address(g->token_url);
	g->easy = http_easy();
	return 0;
}

void
oauth_release(struct oauth *g)
{
	if (g->easy != NULL)
		curl_easy_cleanup(g->easy);
	free(g->auth_url);
	free(g->token_url);
	free(g->revoke_url);
	secret_release(&g->reply.body);
	http_reply_release(&g->reply);
	memset(g, 0, sizeof(*g));
}

/* Notes why an answer says no. */
static void
note_refusal(struct oauth *g, struct json_object *json)
{
	const char *text;

	text = json_text(json, "error");
	snprintf(g->error, sizeof(g->error), "%s", text == NULL ? "" : text);
	text = json_text(json, "error_description");
	snprintf(g->message, sizeof(g->message), "HTTP %ld%s%s%s%.200s",
	    g->reply.status, g->error[0] == '\0' ? "" : ", ", g->error,
	    text == NULL ? "" : ": ", text == NULL ? "" : text);
}

/* One request. */
static enum oauth_result
post_once(struct oauth *g, const struct http_request *request,
    struct json_object **answer)
{
	struct json_object *json;
	long status;

	g->error[0] = '\0';
	if (http_ask(g->easy, request, &g->reply) < 0) {
		snprintf(g->message, sizeof(g->message), "%s", g->reply.error);
		return OAUTH_FAILED;
	}
	status = g->reply.status;
	json = json_parse(g->reply.body.data, g->reply.body.len);
	if (status == 200) {
		*answer = json != NULL ? json : json_object_new_object();
		return OAUTH_OK;
	}
	note_refusal(g, json);
	json_object_put(json);
	return status >= 400 && status < 500 && status != 408 && status != 429
	    ? OAUTH_REFUSED
	    : OAUTH_FAILED;
}

enum oauth_result
oauth_post(struct oauth *g, const char *url, const struct buf *form,
    struct json_object **answer)
{
	const struct http_request request = {
		.method = "POST",
		.url = url,
		.content_type = "application/x-www-form-urlencoded",
		.body = form->data,
	};
	enum oauth_result result;
	int64_t floor;
	unsigned n;

	*answer = NULL;
	for (n = 1;; n++) {
		result = post_once(g, &request, answer);
		if (result != OAUTH_FAILED || n == TOKEN_TRIES ||
		    g->reply.hopeless)
			return result;
		msg_at(1, NULL, "%s: %s; trying again", url, g->message);
		floor = g->reply.retry_after;
		if (floor < 0)
			floor = 0;
		if (floor > LOCKED_WAIT_MAX)
			floor = LOCKED_WAIT_MAX;
		clock_sleep(api_backoff_ms(n, (long)floor * 1000));
	}
}

/* Seconds since 1970 of a moment that ANSWER names as seconds from now; 0
 * where it names none. */
static int64_t
moment(struct json_object *answer, const char *name)
{
	int64_t seconds;

	if (json_int(answer, name, &seconds) < 0 || seconds <= 0 ||
	    seconds > INT32_MAX)
		return 0;
	return (int64_t)time(NULL) + seconds;
}

/* Whether TEXT can be an access token: printable, no blank. */
static bool
token_valid(const char *text)
{
	if (text == NULL || text[0] == '\0')
		return false;
	for (; *text != '\0'; text++) {
		if (*text <= 0x20 || *text >= 0x7f)
			return false;
	}
	return true;
}

int
oauth_take(struct grant *grant, struct json_object *answer)
{
	const char *text;

	text = json_text(answer, "access_token");
	if (!token_valid(text))
		return -1;
	secret_set(&grant->access_token, mem_strdup(text));
	grant->access_expires = moment(answer, "expires_in");
	text = json_text(answer, "refresh_token");
	if (text != NULL && text[0] != '\0')
		secret_set(&grant->refresh_token, mem_strdup(text));
	text = json_text(answer, "scope");
	if (text != NULL && text[0] != '\0') {
		free(grant->scope);
		grant->scope = mem_strdup(text);
	}
	if (json_get(answer, "refresh_token_expires_in") != NULL)
		grant->signin_expires = moment(answer,
		    "refresh_token_expires_in");
	return 0;
}

enum status
oauth_failed(const struct oauth *g, enum oauth_result result, const char *what,
    const char *account)
{
	if (result == OAUTH_REFUSED && strcmp(g->error, "invalid_grant") == 0) {
		msg(NULL,
		    "the sign-in of account %s has ended (%s); run: "
		    "gp-auth login --account %s",
		    account, g->message, account);
		return STATUS_PERSON;
	}
	if (result == OAUTH_REFUSED &&
	    (strcmp(g->error, "invalid_client") == 0 ||
		strcmp(g->error, "unauthorized_client") == 0)) {
		msg(NULL,
		    "Google does not know the client of account %s any "
		    "more (%s); download a new client_secret.json and "
		    "run: gp-auth login --account %s --client FILE",
		    account, g->message, account);
		return STATUS_PERSON;
	}
	msg(NULL, "%s: %s: %s", account, what, g->message);
	return STATUS_STOPPED;
}
