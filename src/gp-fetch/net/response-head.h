/* What the head of an HTTP response says of the body that follows. */
#ifndef GP_FETCH_NET_RESPONSE_HEAD_H
#define GP_FETCH_NET_RESPONSE_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gp-fetch/staging.h"

struct response_head {
	int64_t range_start, range_total; /* Content-Range, -1 without */
	int64_t retry_after; /* seconds, -1 without */
	bool chunked; /* so its end is marked */
	char etag[STAGED_VALIDATOR_SIZE]; /* a strong one */
	char weak[STAGED_VALIDATOR_SIZE]; /* W/"...", which only tells apart */
	char modified[STAGED_VALIDATOR_SIZE];
};

/* As before the first line. */
void response_head_init(struct response_head *a);

/* Takes one line as libcurl hands it out. A status line begins anew. */
void response_head_header(struct response_head *a, const char *line, size_t n);

/* What If-Range may ask for: the strong ETag, else Last-Modified, else "". */
const char *response_head_validator(const struct response_head *a);

#endif
