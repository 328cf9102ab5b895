/* From a record to a job: what is asked for, and how. */
#ifndef GP_FETCH_INTAKE_H
#define GP_FETCH_INTAKE_H

#include <stdbool.h>

#include "gp-fetch/crew.h"
#include "gp-fetch/job.h"
#include "gp-fetch/renew.h"

/* A kind of address. */
struct kind {
	const char *scheme;
	void (*start)(struct crew *crew, struct job *job);
	bool remote; /* asks Google, so quotas and sign-ins concern it */
};

/* Sets JOB up from its record; false when the record is failed, now or
 * before: pass it on. */
bool intake(struct job *job, struct renewals *renewals);

/* Goes on to the next of its places: true where there is one. */
bool intake_next_place(struct job *job);

/* Sets up a job that is of a part, with rec and place, once more; false when
 * that place is none. */
bool intake_again(struct job *job);

#endif
