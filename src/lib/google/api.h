/*
 * Google's APIs, for who lists and who fetches: JSON in, JSON out, with all
 * the patience that the API asks for. 401 renews the token once; 429 and 5xx
 * and a dead network back off, growing and jittered, Retry-After honoured.
 */
#ifndef GP_LIB_GOOGLE_API_H
#define GP_LIB_GOOGLE_API_H

#include <json-c/json_object.h>

#include "lib/google/shape.h"
#include "lib/google/token.h"
#include "lib/http.h"

#define API_LIBRARY_DEFAULT "https://photoslibrary.googleapis.com"
#define API_PICKER_DEFAULT "https://photospicker.googleapis.com"
/* pageSize of items: at most 100 in both APIs. A page's token belongs to its
 * size, and the fetcher asks for the lister's pages again. */
#define API_PAGE_SIZE "100"
#define API_ALBUMS_PAGE_SIZE "50" /* the most of albums.list */

enum api_result {
	API_OK,
	API_NOT_FOUND, /* 404 */
	API_BAD, /* 400 INVALID_ARGUMENT: don't ask again */
	API_PENDING, /* 400 FAILED_PRECONDITION: the person is not done */
	API_DENIED, /* 403: the cure is in the message */
	API_SIGN_IN, /* no token to be had: a person is needed */
	API_QUOTA, /* the day's quota is used up: a person, or tomorrow */
	API_GAVE_UP /* still failing after all tries, or not understandable */
};

/* Google has two for photos; each is enabled on its own. */
enum api_service { API_LIBRARY, API_PICKER };

struct api {
	CURL *easy;
	struct token token;
	char *library; /* roots, without the last '/'; owned */
	char *picker;
	struct http_reply reply;
	char message[512]; /* the last failure, in words for a person */
};

/* Takes the roots from the environment; 0, or -1 with the reason said (plain
 * http to elsewhere than loopback). ACCOUNT may be NULL. api_release() frees
 * what it holds. */
int api_init(struct api *api, const char *account);
void api_release(struct api *api);

/* One call with all its tries; an answer that is cut, empty (but to DELETE), no
 * JSON, of another SHAPE or none of Google's is asked for again. METHOD and
 * BODY (NULL for none) as in HTTP; URL whole, of SERVICE. *ANSWER is the
 * object, which the caller puts (NULL unless API_OK). Nothing is said on stderr
 * but waits; api->message has the reason. */
enum api_result api_call(struct api *api, enum api_service service,
    const char *method, const char *url, const char *body,
    const struct shape *shape, struct json_object **answer);

/* The status a tool should end with after RESULT: PERSON for SIGN_IN and
 * QUOTA, STOPPED for the other failures, DONE for OK. */
enum status api_status(enum api_result result);

/* Milliseconds to wait before try N (from 1): doubling from one second to at
 * most a minute, jittered; at least FLOOR_MS. $GP_BACKOFF_MS replaces the one
 * second, for tests. */
long api_backoff_ms(unsigned n, long floor_ms);

/* Milliseconds to wait at least after a 429 that names no time. */
long api_busy_ms(void);

#endif
