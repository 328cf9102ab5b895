/* The records that want something of one part, on disk: a file without a name
 * in the staging folder, a line "PLACE TRIES WAITS AWAITED RECORD" each: how
 * often it was tried and waited for outlives the way through here. */
#ifndef GP_FETCH_MEMBERS_SPILL_H
#define GP_FETCH_MEMBERS_SPILL_H

#include <stdio.h>

#include "gp-fetch/job.h"

struct spill {
	struct spill *next;
	char *url, *path; /* of the part; owned */
	int fd;
	off_t size; /* of what was added whole */
	FILE *in; /* once it is read */
	char *line; /* the last one read */
	size_t cap;
};

/* An empty one for the part at URL, whose path is PATH; NULL with errno.
 * spill_free() frees it. */
struct spill *spill_new(const struct staging *staging, const char *url,
    const char *path);
void spill_free(struct spill *s);

/* Adds JOB's record and location; 0, or -1 with errno and nothing added. */
int spill_add(struct spill *s, const struct job *job);

/* Reads from the first again. */
void spill_rewind(struct spill *s);

/* Where the next one lies, and the next one (the caller frees); NULL at the
 * end. A read error ends the program. */
off_t spill_tell(struct spill *s);
struct job *spill_next(struct spill *s);

/* The one that lies AT; the caller frees it with job_free(). A read error ends
 * the program. */
struct job *spill_get(struct spill *s, off_t at);

#endif
