#include "gp-fetch/net/classify.h"

#include <string.h>

#include "lib/google/api.h"
#include "lib/program/msg.h"

void
classify_network(struct job *job, CURLcode code, const char *detail)
{
	if (*detail == '\0')
		detail = curl_easy_strerror(code);
	switch (code) {
	case CURLE_OUT_OF_MEMORY:
		msg_die("out of memory");
	case CURLE_URL_MALFORMAT:
	case CURLE_UNSUPPORTED_PROTOCOL:
		job_end(job, OUTCOME_FAILED, "bad-url", "%s", detail);
		break;
	case CURLE_PEER_FAILED_VERIFICATION:
		job_end(job, OUTCOME_FAILED, "network",
		    "%s; GP_CA_FILE names more certificates to trust", detail);
		break;
	default:
		job_end(job, OUTCOME_AGAIN, "network", "%s", detail);
	}
}

/* As the API words it: a limit a minute passes, one a day does not. */
static bool
is_daily(const struct buf *words)
{
	return words->len > 0 &&
	    (strcasestr(words->data, "per day") != NULL ||
		strcasestr(words->data, "perday") != NULL);
}

static void
busy(struct job *job, long status, const struct response_head *response)
{
	job_end(job, OUTCOME_AGAIN, "gave-up", "the server answers %ld",
	    status);
	if (response->retry_after >= 0)
		job->wait_ms = (long)response->retry_after * 1000;
	else if (status == 429)
		job->wait_ms = api_busy_ms();
}

void
classify_status(struct job *job, long status,
    const struct response_head *response, const struct buf *words)
{
	if (status == 429 && is_daily(words))
		job_end(job, OUTCOME_QUOTA, "quota",
		    "today's quota of your Google project is used up");
	else if (status == 429 || status >= 500 || status == 408)
		busy(job, status, response);
	else if (status == 401)
		job_end(job, OUTCOME_TOKEN, "denied",
		    "the server wants a sign-in (401)");
	else if (status == 403)
		job_end(job, OUTCOME_EXPIRED, "denied",
		    "the server refuses the link (403)");
	else if (status == 404 || status == 410)
		job_end(job, OUTCOME_FAILED, "not-found",
		    "the server has no such file (%ld)", status);
	else if (status >= 400)
		job_end(job, OUTCOME_FAILED, "bad-request",
		    "the server does not take the request (%ld)", status);
	else
		job_end(job, OUTCOME_FAILED, "bad-content",
		    "the server answers %ld without a file", status);
}
