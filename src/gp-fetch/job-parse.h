/* From a record to a job: what is asked for, and how. */
#ifndef GP_FETCH_JOB_PARSE_H
#define GP_FETCH_JOB_PARSE_H

#include <stdbool.h>

#include "gp-fetch/job.h"
#include "gp-fetch/net/renew.h"

/* Sets JOB up from its record; false when the record is failed, now or
 * before: pass it on. */
bool job_parse(struct job *job, struct renewals *renewals);

/* Goes on to the next of its locations: true where there is one. */
bool job_parse_next_location(struct job *job);

/* Sets up a job that is of a part, with rec and location, once more; false when
 * that location is none. */
bool job_parse_again(struct job *job);

#endif
