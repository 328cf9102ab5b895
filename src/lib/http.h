/*
 * The one HTTP layer over libcurl: certificates, time limits, schemes,
 * messages. Redirects are never followed here; who may, follows them itself.
 */
#ifndef GP_LIB_HTTP_H
#define GP_LIB_HTTP_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/buf.h"

struct http_request {
	const char *method; /* "GET", "POST", "DELETE" */
	const char *url;
	const char *token; /* bearer, or NULL */
	const char *content_type; /* of the body */
	const char *body; /* or NULL */
};

struct http_reply {
	long status; /* HTTP status, 0 when there was no answer */
	struct buf body; /* at most 16 MiB */
	char content_type[128];
	int64_t retry_after; /* seconds to wait as the server says, or -1 */
	char error[CURL_ERROR_SIZE + 64]; /* why there was no answer */
	bool hopeless; /* asking again won't help (certificate, address) */
	CURL *easy; /* http_ask's own */
};

/* Once a program, before any thread; ignores SIGPIPE. */
void http_init(void);

/* A new handle with all that every request of ours needs (https and, to
 * loopback, http; TLS 1.2 and up; $GP_CA_FILE beside the system's
 * certificates; no signals, no cookies, no netrc; time limits; no redirects).
 * The caller cleans up. */
CURL *http_easy(void);

/* A connection whose request could not be sent goes back to the others in
 * libcurl 7.88, with that request still in TLS's buffer: the next one sends it,
 * and is answered with another's file. So none is used again (doubt, before a
 * request) unless an answer has begun on it (trust, at its first header). */
void http_doubt_connection(CURL *easy);
void http_trust_connection(CURL *easy);

/* The value of a Retry-After header (seconds or HTTP date) in seconds from
 * now, capped at an hour; -1 if it is neither. */
int64_t http_retry_after(const char *value);

/* As before an answer; http_reply_release() frees what one left. */
void http_reply_init(struct http_reply *reply);
void http_reply_release(struct http_reply *reply);

/* One request, one answer, no second try. 0 with a status, or -1 with
 * reply->error when there was none. */
int http_ask(CURL *easy, const struct http_request *request,
    struct http_reply *reply);

#endif
