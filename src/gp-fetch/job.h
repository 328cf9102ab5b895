/*
 * A job is one record on its way through gp-fetch: what is asked for, what
 * has come, and how the last try ended. It has one owner at a time: the main
 * loop, or the thread it was handed to.
 */
#ifndef GP_FETCH_JOB_H
#define GP_FETCH_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gp-fetch/expected.h"
#include "gp-fetch/staging.h"
#include "lib/record/record.h"

/* So often another run is waited for that makes no way: about a minute. */
#define JOB_WAITS_MAX 40

enum outcome {
	OUTCOME_DONE, /* whole, checked, under its name */
	OUTCOME_AGAIN, /* may do better later */
	OUTCOME_STORED, /* by another run, meanwhile */
	OUTCOME_BUSY, /* another run fetches it: look again */
	OUTCOME_OVER, /* what has come can't be used; at once again */
	OUTCOME_FAILED, /* will not do better */
	OUTCOME_EXPIRED, /* the link needs renewal */
	OUTCOME_TOKEN, /* the token needs renewal */
	OUTCOME_QUOTA, /* the day's quota is used up */
	OUTCOME_FULL, /* our disk takes no more: nothing can go on */
	OUTCOME_ABORTED /* because of another one's FULL */
};

struct account;
struct worker;
struct spill;

/* The scheme of an address (RFC 3986). */
struct scheme {
	const char *name; /* with the colon */
	bool remote; /* asks Google: quotas and sign-ins concern it */
};

struct job {
	struct job *next;
	struct record rec;
	size_t weight; /* memory that the main loop counts for it */
	const struct scheme *scheme; /* of its address */
	struct worker *worker; /* of the thread that has it, or had it last */
	char *url; /* owned */
	char *member; /* of the part at url; owned, or NULL */
	size_t location; /* which of its locations this is, 0 is the first */
	struct expected expected; /* what member was when it was listed */
	struct spill *spill; /* this is no record, but a pass over a part */
	char *mime; /* owned, or NULL */
	char key[DIGEST_HEX];
	bool picker, library; /* its source */
	struct account *account; /* whose sign-in renews it; NULL: nobody's */
	char *token; /* owned; shown to the first host alone; or NULL */

	struct staged staged;
	bool opened; /* staged was */

	/* the last try */
	enum outcome outcome;
	const char *code; /* for error.code */
	char reason[256];
	long wait_ms; /* as the server asks, or 0 */
	int64_t most; /* bytes that a try has reached */
	bool gained; /* it went beyond that */

	unsigned waits; /* for another run, while that made no way */
	int64_t awaited; /* bytes that it had */

	unsigned tries; /* without gain */
	unsigned renewals; /* of the link, without gain */
	unsigned refusals; /* of tokens, without gain */
	bool alone; /* ask for its link without others */
	int64_t issued; /* when the link was, seconds since 1970; 0 unknown */
	int64_t due; /* not before, monotonic ms */
};

struct job_list {
	struct job *first, *last;
	size_t n;
};

/* An empty job; job_free() frees it. */
struct job *job_new(void);

/* Frees it; its staged file must be closed. */
void job_free(struct job *job);

/* How a try ended; CODE is a constant text. Returns OUTCOME. */
enum outcome job_end(struct job *job, enum outcome outcome, const char *code,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* The same for errno E, met while writing to staging: FULL where no other
 * file can do better. */
enum outcome job_end_io(struct job *job, int e);

/* An earlier run left what JOB wants in S whole, as job->staged has it: the job
 * has ended well. */
void job_end_found(struct job *job, const struct staging *s);

/* Opens the location in staging S for a file of SIZE bytes (-1 unknown). True
 * where it is open, for the job to be filled; else the job has ended. */
bool job_stage(struct job *job, const struct staging *s, int64_t size);

/* Gives what JOB has staged its name. True, or false where it could not be
 * done: the job has ended then. */
bool job_finish(struct job *job, const struct staging *s);

/* Sets mimeType of JOB's record where the bytes in FD, of its file, are surely
 * of another type: an export tells no more than names. */
void job_set_type(struct job *job, int fd);

/* Puts JOB, which is in no list, at the end of LIST. */
void job_append(struct job_list *list, struct job *job);

/* The first one, taken off; NULL when there is none. */
struct job *job_take(struct job_list *list);

#endif
