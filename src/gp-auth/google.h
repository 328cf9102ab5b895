/* Google's sign-in pages and its token endpoint. */
#ifndef GP_AUTH_GOOGLE_H
#define GP_AUTH_GOOGLE_H

#include <json-c/json_object.h>

#include "gp-auth/grant.h"
#include "lib/buf.h"
#include "lib/http.h"
#include "lib/program/status.h"

struct google {
	CURL *easy;
	char *auth_url; /* owned, as are the next two */
	char *token_url;
	char *revoke_url;
	struct http_reply reply;
	char error[64]; /* OAuth's code of the last refusal, as invalid_grant */
	char message[512]; /* the last failure, in words */
};

enum google_result {
	GOOGLE_OK,
	GOOGLE_REFUSED, /* an answer, but no: error and message */
	GOOGLE_FAILED /* no usable answer after some tries: message */
};

/* Takes the addresses from $GP_AUTH_URL and $GP_TOKEN_URL, else Google's; 0, or
 * -1 with the reason said (plain http to elsewhere than loopback).
 * google_release() frees what it holds. */
int google_init(struct google *g);
void google_release(struct google *g);

/* Sends FORM to URL with some tries where the network or the server fails.
 * *ANSWER is the object, which the caller puts; NULL unless GOOGLE_OK. */
enum google_result google_post(struct google *g, const char *url,
    const struct buf *form, struct json_object **answer);

/* Takes what a token answer has (access token, its end, the scopes, and where
 * given a refresh token and its end) into GRANT; 0, or -1 when it has no
 * access token. */
int google_take(struct grant *grant, struct json_object *answer);

/* Says that RESULT came of WHAT for ACCOUNT and what to do; the exit code. */
enum status google_failed(const struct google *g, enum google_result result,
    const char *what, const char *account);

#endif
