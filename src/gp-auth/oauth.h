/* Google's sign-in pages and its token endpoint. */
#ifndef GP_AUTH_OAUTH_H
#define GP_AUTH_OAUTH_H

#include <json-c/json_object.h>

#include "gp-auth/grant.h"
#include "lib/buf.h"
#include "lib/http.h"
#include "lib/program/status.h"

struct oauth {
	CURL *easy;
	char *auth_url; /* owned, as are the next two */
	char *token_url;
	char *revoke_url;
	struct http_reply reply;
	char error[64]; /* OAuth's code of the last refusal, as invalid_grant */
	char message[512]; /* the last failure, in words */
};

enum oauth_result {
	OAUTH_OK,
	OAUTH_REFUSED, /* an answer, but no: error and message */
	OAUTH_FAILED /* no usable answer after some tries: message */
};

/* Takes the addresses from $GP_AUTH_URL and $GP_TOKEN_URL, else Google's; 0, or
 * -1 with the reason said (plain http to elsewhere than loopback).
 * oauth_release() frees what it holds. */
int oauth_init(struct oauth *g);
void oauth_release(struct oauth *g);

/* Sends FORM to URL with some tries where the network or the server fails.
 * *ANSWER is the object, which the caller puts; NULL unless OAUTH_OK. */
enum oauth_result oauth_post(struct oauth *g, const char *url,
    const struct buf *form, struct json_object **answer);

/* Takes what a token answer has (access token, its end, the scopes, and where
 * given a refresh token and its end) into GRANT; 0, or -1 when it has no
 * access token. */
int oauth_take(struct grant *grant, struct json_object *answer);

/* Says that RESULT came of WHAT for ACCOUNT and what to do; the exit code. */
enum status oauth_failed(const struct oauth *g, enum oauth_result result,
    const char *what, const char *account);

#endif
