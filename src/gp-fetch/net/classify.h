/* What a failure means: worth another try, or not. Both end the job with that.
 */
#ifndef GP_FETCH_NET_CLASSIFY_H
#define GP_FETCH_NET_CLASSIFY_H

#include <curl/curl.h>

#include "gp-fetch/job.h"
#include "gp-fetch/net/response-head.h"
#include "lib/buf.h"

/* No whole response came; DETAIL is libcurl's, may be "". */
void classify_network(struct job *job, CURLcode code, const char *detail);

/* The server answered with a status that brings no bytes; WORDS is what came
 * as the body. */
void classify_status(struct job *job, long status,
    const struct response_head *response, const struct buf *words);

#endif
