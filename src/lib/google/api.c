#include "lib/google/api.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <time.h>

#include "lib/clock.h"
#include "lib/google/hosts.h"
#include "lib/google/quota.h"
#include "lib/mem.h"
#include "lib/num.h"
#include "lib/program/msg.h"
#include "lib/program/suite.h"
#include "lib/record/json.h"
#include "lib/record/scan.h"

#define API_TRIES 10
#define BACKOFF_MS 1000
#define BACKOFF_MAX_MS 60000
#define BUSY_FLOOR 30 /* Google asks for 30 seconds after a 429 */
#define ANSWER_DEPTH 64
#define ROOT_MAX 1023 /* bytes */

/* The root in NAME without a '/' at its end; the caller frees. NULL with the
 * reason said. */
static char *
root(const char *name, const char *otherwise)
{
	const char *url = getenv(name);
	size_t len;

	if (url == NULL || *url == '\0')
		url = otherwise;
	len = strlen(url);
	while (len > 0 && url[len - 1] == '/')
		len--;
	if (!hosts_api_allowed(url) || len > ROOT_MAX) {
		msg(name,
		    "must be an https address (plain http only to "
		    "loopback): %s",
		    url);
		return NULL;
	}
	return mem_strndup(url, len);
}

int
api_init(struct api *api, const char *account)
{
	memset(api, 0, sizeof(*api));
	http_reply_init(&api->reply);
	token_init(&api->token, account);
	api->library = root("GP_LIBRARY_URL", API_LIBRARY_DEFAULT);
	api->picker = root("GP_PICKER_URL", API_PICKER_DEFAULT);
	if (api->library == NULL || api->picker == NULL) {
		api_release(api);
		return -1;
	}
	api->easy = http_easy();
	return 0;
}

void
api_release(struct api *api)
{
	if (api->easy != NULL)
		curl_easy_cleanup(api->easy);
	api->easy = NULL;
	free(api->library);
	free(api->picker);
	api->library = api->picker = NULL;
	token_release(&api->token);
	http_reply_release(&api->reply);
}

enum status
api_status(enum api_result result)
{
	switch (result) {
	case API_OK:
		return STATUS_DONE;
	case API_SIGN_IN:
	case API_QUOTA:
		return STATUS_PERSON;
	default:
		return STATUS_STOPPED;
	}
}

static long
backoff_unit(void)
{
	const char *s = getenv("GP_BACKOFF_MS");
	int64_t ms;

	if (s == NULL || num_parse(s, 0, BACKOFF_MAX_MS, &ms) < 0)
		return BACKOFF_MS;
	return (long)ms;
}

/* Between half and the whole of MS, so that many clients don't come back at
 * the same instant. */
static long
jitter(long ms)
{
	unsigned random;

	if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return ms;
	return ms - (long)(random % (unsigned long)(ms / 2 + 1));
}

long
api_backoff_ms(unsigned n, long floor_ms)
{
	long ms = backoff_unit();

	while (n-- > 1 && ms < BACKOFF_MAX_MS)
		ms *= 2;
	if (ms > BACKOFF_MAX_MS)
		ms = BACKOFF_MAX_MS;
	ms = jitter(ms);
	return ms < floor_ms ? floor_ms : ms;
}

long
api_busy_ms(void)
{
	return BUSY_FLOOR * backoff_unit();
}

static void explain(struct api *api, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
explain(struct api *api, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(api->message, sizeof(api->message), fmt, ap);
	va_end(ap);
}

/* Google's own words from an error answer. */
struct words {
	struct json_object *tree; /* or NULL */
	const char *message; /* never NULL */
	const char *status; /* never NULL */
	bool google; /* it is Google's form of an error */
};

static struct words
words_of(const struct http_reply *reply)
{
	struct words w = { json_parse(reply->body.data, reply->body.len),
		"no reason given", "", false };
	struct json_object *error = json_get(w.tree, "error");
	const char *s;

	w.google = json_object_is_type(error, json_type_object);
	s = json_text(error, "message");
	if (s != NULL && *s != '\0')
		w.message = s;
	s = json_text(error, "status");
	if (s != NULL)
		w.status = s;
	return w;
}

static bool
body_has(const struct http_reply *reply, const char *text)
{
	return reply->body.len > 0 &&
	    strcasestr(reply->body.data, text) != NULL;
}

/* 403, with its cure. */
static enum api_result
denied(struct api *api, enum api_service service, const struct words *w)
{
	const struct http_reply *reply = &api->reply;

	if (body_has(reply, "insufficient authentication scopes") ||
	    body_has(reply, "ACCESS_TOKEN_SCOPE_INSUFFICIENT")) {
		explain(api,
		    "the sign-in lacks the permission for this; run "
		    "`%s` again and tick every box (Google: %.200s)",
		    suite.login, w->message);
		return API_SIGN_IN;
	}
	if (body_has(reply, "has not been used in project") ||
	    body_has(reply, "SERVICE_DISABLED") ||
	    body_has(reply, "it is disabled"))
		explain(api,
		    "the API is not enabled in your Google project; "
		    "enable it at https://console.cloud.google.com/apis/"
		    "library/%s.googleapis.com, wait some minutes, try again",
		    service == API_PICKER ? "photospicker" : "photoslibrary");
	else
		explain(api,
		    "Google refuses (403): %.300s; `%s` "
		    "tells who is signed in and what is allowed",
		    w->message, suite.status);
	return API_DENIED;
}

/* 429: the day's quota, or only too fast. */
static enum api_result
too_many(struct api *api, const struct words *w)
{
	const struct http_reply *reply = &api->reply;
	char at[64];

	if (!body_has(reply, "per day") && !body_has(reply, "PerDay")) {
		explain(api, "Google is busy (429): %.300s", w->message);
		return API_GAVE_UP;
	}
	quota_format(at, sizeof(at), quota_next(time(NULL)));
	explain(api,
	    "today's quota of your Google project is used up; it "
	    "starts again at midnight Pacific time, here %s: run it again "
	    "after that",
	    at);
	return API_QUOTA;
}

static enum api_result
bad_request(struct api *api, const struct words *w)
{
	if (strcmp(w->status, "FAILED_PRECONDITION") == 0) {
		explain(api, "%.300s", w->message);
		return API_PENDING;
	}
	explain(api, "Google answers %ld: %.300s", api->reply.status,
	    w->message);
	return API_BAD;
}

/* An answer of status 200 to 299. */
static enum api_result
good(struct api *api, const char *method, const struct shape *shape,
    struct json_object **answer)
{
	struct http_reply *reply = &api->reply;

	if (reply->body.len == 0 && strcmp(method, "DELETE") == 0)
		buf_adds(&reply->body, "{}");
	if (reply->body.len == 0) {
		explain(api, "the answer is empty");
		return API_GAVE_UP;
	}
	if (scan_object(reply->body.data, reply->body.len, ANSWER_DEPTH, NULL,
		NULL) == NULL)
		*answer = json_parse(reply->body.data, reply->body.len);
	if (*answer != NULL && shape_fits(*answer, shape))
		return API_OK;
	if (*answer != NULL) {
		json_object_put(*answer);
		*answer = NULL;
		explain(api, "Google's answer makes no sense");
		return API_GAVE_UP;
	}
	explain(api, "the answer is no JSON object (%.60s)",
	    reply->content_type[0] != '\0' ? reply->content_type
					   : "of no type");
	return API_GAVE_UP;
}

/* Whether it is to be asked again: a portal on the way answers anything below
 * 500, or leads elsewhere, and then only Google's own word counts; what Google
 * itself says beside 400 and 404 is of the moment (409 ABORTED). */
static bool
is_passing(long status, const struct words *w)
{
	return status >= 500 || !w->google || (status != 400 && status != 404);
}

/* What the status means; API_GAVE_UP stands for "try again". 401 is the
 * caller's. */
static enum api_result
by_status(struct api *api, enum api_service service, const char *method,
    const struct shape *shape, struct json_object **answer)
{
	struct words w;
	enum api_result result;
	long status = api->reply.status;

	if (status >= 200 && status < 300)
		return good(api, method, shape, answer);
	w = words_of(&api->reply);
	if (status == 429 || strcmp(w.status, "RESOURCE_EXHAUSTED") == 0) {
		result = too_many(api, &w);
	} else if (status == 403) {
		result = denied(api, service, &w);
	} else if (is_passing(status, &w)) {
		explain(api, "Google answers %ld: %.300s", status, w.message);
		result = API_GAVE_UP;
	} else if (status == 404) {
		explain(api, "Google knows no such thing (404)");
		result = API_NOT_FOUND;
	} else {
		result = bad_request(api, &w);
	}
	json_object_put(w.tree);
	return result;
}

/* One try. API_GAVE_UP: worth another. */
static enum api_result
once(struct api *api, enum api_service service,
    const struct http_request *request, const struct shape *shape,
    struct json_object **answer)
{
	if (http_ask(api->easy, request, &api->reply) < 0) {
		api->reply.status = 0;
		explain(api, "%.300s", api->reply.error);
		return API_GAVE_UP;
	}
	return by_status(api, service, request->method, shape, answer);
}

/* Waits before try N + 1 and says so. */
static void
pause_after(struct api *api, unsigned n)
{
	const struct http_reply *reply = &api->reply;
	long floor_ms = 0, ms;

	if (reply->status != 0 && reply->retry_after >= 0)
		floor_ms = (long)reply->retry_after * 1000;
	else if (reply->status == 429)
		floor_ms = api_busy_ms();
	ms = api_backoff_ms(n, floor_ms);
	msg(NULL, "%s; waiting %ld.%ld s before try %u of %d", api->message,
	    ms / 1000, ms % 1000 / 100, n + 1, API_TRIES);
	clock_sleep(ms);
}

static enum api_result
gave_up(struct api *api, unsigned tries)
{
	size_t n = strlen(api->message);

	if (tries > 1)
		snprintf(api->message + n, sizeof(api->message) - n,
		    " (given up after %u tries)", tries);
	return API_GAVE_UP;
}

static enum api_result
no_token(struct api *api)
{
	if (api->token.status == STATUS_PERSON) {
		explain(api, "the sign-in is needed again: run `%s`",
		    suite.login);
		return API_SIGN_IN;
	}
	explain(api, "there is no access token");
	return API_GAVE_UP;
}

enum api_result
api_call(struct api *api, enum api_service service, const char *method,
    const char *url, const char *body, const struct shape *shape,
    struct json_object **answer)
{
	struct http_request request = { .method = method,
		.url = url,
		.content_type = "application/json",
		.body = body };
	enum api_result result;
	bool renewed = false;
	unsigned n = 1;

	*answer = NULL;
	api->message[0] = '\0';
	request.token = token_get(&api->token);
	while (request.token != NULL) {
		result = once(api, service, &request, shape, answer);
		if (api->reply.status == 401) {
			if (renewed) {
				explain(api,
				    "Google does not take the "
				    "sign-in: run `%s`",
				    suite.login);
				return API_SIGN_IN;
			}
			renewed = true;
			request.token = token_renew(&api->token);
			continue;
		}
		if (result != API_GAVE_UP)
			return result;
		if (n == API_TRIES || api->reply.hopeless)
			return gave_up(api, n);
		pause_after(api, n++);
	}
	return no_token(api);
}
