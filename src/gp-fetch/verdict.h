/* What a failure means: worth another try, or not. */
#ifndef GP_FETCH_VERDICT_H
#define GP_FETCH_VERDICT_H

#include <curl/curl.h>

#include "gp-fetch/answer.h"
#include "gp-fetch/job.h"
#include "lib/buf.h"

/* No whole answer came; DETAIL is libcurl's, may be "". */
void verdict_network(struct job *job, CURLcode code, const char *detail);

/* The server answered with a status that brings no bytes; WORDS is what came
 * as the body. */
void verdict_status(struct job *job, long status, const struct answer *answer,
    const struct buf *words);

#endif
