/*
 * Jobs that wait for a fresh link or a token, and the api tasks that bring
 * them. A renewal is no try, but a fresh link that is refused twice in a row
 * is an error.
 */
#ifndef GP_FETCH_NET_RENEW_H
#define GP_FETCH_NET_RENEW_H

#include "gp-fetch/job.h"
#include "gp-fetch/net/api-task.h"

#define RENEW_AGE (25 * 60) /* seconds: links live an hour, sometimes less */
#define RENEW_MAX 2 /* refused links in a row */
#define RENEW_TOKEN_MAX                                                        \
	1 /* refused tokens in a row, as lib/google/api has it */

struct renewals {
	struct account *accounts;
	struct api_thread api_thread;
	bool busy; /* an api task is under way */
	struct job_list waiting; /* for their turn */
	struct job_list under_way; /* in the api task, in its order */
};

/* Nobody waits yet; WAKE is an eventfd that is written when a task is done.
 * renew_release() frees what it holds. */
void renew_init(struct renewals *r, int wake);
void renew_release(struct renewals *r);

/* The account of that name (NULL: the environment's); lives as long as R. */
struct account *renew_account(struct renewals *r, const char *name);

/* Whether JOB can't start as it is: its link is old, or it has no token yet
 * and none is known that renew_give_token() could give it. */
bool renew_needed(const struct job *job);

/* Gives JOB its account's token if it needs one and has none. */
void renew_give_token(struct job *job);

/* Puts JOB, for which renew_needed() said true, in line for what it lacks. */
void renew_before_start(struct renewals *r, struct job *job);

/* Puts JOB, whose last try was refused, in line. Its outcome tells what it
 * needs: TOKEN, else a link. */
void renew_want(struct renewals *r, struct job *job);

/* Sends the next api task if none is under way and somebody waits. */
void renew_send(struct renewals *r);

/* What a finished api task meant for its jobs, told one by one. */
enum renewed {
	RENEWED, /* can start */
	RENEWED_NOT, /* failed: job->code, job->reason */
	RENEWED_STOP /* all of Google is closed: a person is needed */
};

/* Takes the api task that is done, if any, and calls TELL for each of its jobs
 * (those which are asked for again on their own stay in line). */
void renew_take(struct renewals *r,
    void (*tell)(void *arg, struct job *job, enum renewed what), void *arg);

#endif
