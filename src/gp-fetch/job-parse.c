#include "gp-fetch/job-parse.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "gp-fetch/location.h"
#include "lib/digest.h"
#include "lib/mem.h"
#include "lib/num.h"
#include "lib/record/item-key.h"

static const struct scheme schemes[] = {
	{ "https:", true },
	{ "http:", true },
	{ "file:", false },
};

static const struct scheme *
find_scheme(const char *url)
{
	size_t i;

	for (i = 0; i < COUNT(schemes); i++) {
		if (strncasecmp(url, schemes[i].name,
			strlen(schemes[i].name)) == 0)
			return &schemes[i];
	}
	return NULL;
}

/* As gp-index --new makes it. */
static void
compute_key(struct job *job)
{
	struct digest *d = digest_new();
	uint8_t sum[DIGEST_SIZE];

	item_key(d, record_text(&job->rec, "id"),
	    record_text(&job->rec, "filename"), sum);
	digest_hex(sum, job->key);
	digest_free(d);
}

/* The key names a file, so nothing but hex digits will do. */
static void
set_key(struct job *job)
{
	const char *key = record_text(&job->rec, "key");
	uint8_t sum[DIGEST_SIZE];

	if (key != NULL && digest_parse(key, sum) == 0)
		digest_hex(sum, job->key);
	else
		compute_key(job);
}

static void
set_source(struct job *job, struct renewals *renewals)
{
	const char *source = record_text(&job->rec, "source");
	const char *time = record_text(&job->rec, "urlTime");

	job->picker = source != NULL && strcmp(source, "picker") == 0;
	job->library = source != NULL && strcmp(source, "library") == 0;
	if (job->picker || job->library)
		job->account = renew_account(renewals,
		    record_text(&job->rec, "account"));
	if (time == NULL || num_parse_time(time, &job->issued, NULL) < 0)
		job->issued = 0;
}

/* Takes location job->location; false where that is none, or of no scheme we
 * know. */
static bool
set_location(struct job *job)
{
	struct location location;

	free(job->url);
	free(job->member);
	job->url = job->member = NULL;
	job->scheme = NULL;
	if (!location_read(&location, &job->rec, job->location))
		return false;
	job->url = location.url;
	job->member = location.member;
	job->scheme = find_scheme(job->url);
	return job->scheme != NULL;
}

/* The address; false with the record failed. */
static bool
set_url(struct job *job)
{
	const char *member;
	size_t n;

	member = record_get(&job->rec, "member", &n);
	if (member != NULL && record_text(&job->rec, "member") == NULL) {
		/* without it the whole part would pass for the photo */
		record_fail(&job->rec, "bad-url",
		    "its member is no name of one");
		return false;
	}
	if (set_location(job)) {
		if (job->member == NULL || !job->scheme->remote)
			return true;
		/* the part is not the photo */
		record_fail(&job->rec, "bad-url",
		    "members of parts are fetched of file: addresses alone");
	} else if (job->url == NULL) {
		record_fail(&job->rec, "missing-field",
		    "it has no url: gp-list gives it one");
	} else {
		record_fail(&job->rec, "bad-url",
		    "only https: and file: addresses can be fetched");
	}
	return false;
}

static void
set_listed(struct job *job)
{
	const char *mime = record_text(&job->rec, "mimeType");

	job->mime = mime != NULL ? mem_strdup(mime) : NULL;
	expected_read(&job->expected, &job->rec);
	set_key(job);
}

bool
job_parse(struct job *job, struct renewals *renewals)
{
	if (record_failed(&job->rec) || !set_url(job))
		return false;
	set_listed(job);
	if (job->scheme->remote)
		set_source(job, renewals);
	return true;
}

/* Only locations on this machine: a photo of a part is at no other. */
bool
job_parse_next_location(struct job *job)
{
	do {
		job->location++;
		if (set_location(job) && !job->scheme->remote)
			return true;
	} while (job->url != NULL);
	return false;
}

bool
job_parse_again(struct job *job)
{
	if (!set_location(job) || job->member == NULL)
		return false;
	set_listed(job);
	return true;
}
