/*
 * One transfer by https: a chain of requests (redirects are followed by hand)
 * whose last response goes into the job's staged file, checked before it gets
 * its name. One try; whether there is another is the main loop's to say.
 */
#ifndef GP_FETCH_NET_TRANSFER_H
#define GP_FETCH_NET_TRANSFER_H

#include <curl/curl.h>
#include <stdbool.h>

#include "gp-fetch/job.h"
#include "gp-fetch/net/response-head.h"
#include "gp-fetch/workers.h"
#include "lib/buf.h"

struct transfer {
	CURL *easy;
	struct workers *workers;
	struct job *job; /* NULL when idle */
	char *block; /* lent to the job's staged file */
	char *url; /* of this hop; owned */
	unsigned hops; /* redirects followed */
	struct curl_slist *headers;
	struct response_head response;
	bool begun; /* the body has */
	bool wanted; /* the body goes into the staged file */
	bool ended; /* job->outcome is set already */
	bool paused; /* until the rate allows more */
	struct buf words; /* the first of a body that does not */
	char error[CURL_ERROR_SIZE];
};

/* A transfer without a job, for WORKERS, which must outlive it. transfer_free()
 * frees it. */
struct transfer *transfer_new(struct workers *workers);
void transfer_free(struct transfer *t);

/* Takes JOB and prepares t->easy; false when the job ended already (its
 * outcome is set). */
bool transfer_start(struct transfer *t, struct job *job);

/* t->easy, taken off its multi handle, ended with CODE. true: another hop, add
 * it again; false: the job's outcome is set. */
bool transfer_done(struct transfer *t, CURLcode code);

/* Lets a paused one go on; it may pause again at once. */
void transfer_resume(struct transfer *t);

/* Ends it as it is. */
void transfer_abort(struct transfer *t);

#endif
