#include "gp-fetch/net/renew.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "lib/files/path.h"
#include "lib/mem.h"
#include "lib/num.h"
#include "lib/program/msg.h"

void
renew_init(struct renewals *r, int wake)
{
	memset(r, 0, sizeof(*r));
	api_thread_init(&r->api_thread, wake);
}

void
renew_release(struct renewals *r)
{
	struct account *a;

	api_thread_release(&r->api_thread, !r->busy);
	if (r->busy)
		return; /* the task that is under way still has its account */
	for (a = r->accounts; a != NULL; a = r->accounts) {
		r->accounts = a->next;
		if (a->ready)
			api_release(&a->api);
		if (a->token != NULL)
			explicit_bzero(a->token, strlen(a->token));
		free(a->token);
		free(a->name);
		free(a);
	}
}

struct account *
renew_account(struct renewals *r, const char *name)
{
	struct account *a;

	for (a = r->accounts; a != NULL; a = a->next) {
		if (name == NULL
			? a->name == NULL
			: a->name != NULL && strcmp(a->name, name) == 0)
			return a;
	}
	a = mem_alloc(sizeof(*a));
	a->name = name != NULL ? mem_strdup(name) : NULL;
	a->next = r->accounts;
	r->accounts = a;
	return a;
}

static void
set_token(struct job *job, const char *token)
{
	if (job->token != NULL)
		explicit_bzero(job->token, strlen(job->token));
	free(job->token);
	job->token = mem_strdup(token);
}

static bool
link_is_old(const struct job *job)
{
	return (job->library || job->picker) && job->issued != 0 &&
	    (int64_t)time(NULL) - job->issued > RENEW_AGE;
}

static bool
lacks_token(const struct job *job)
{
	return job->picker && job->token == NULL;
}

bool
renew_needed(const struct job *job)
{
	return link_is_old(job) ||
	    (lacks_token(job) && job->account->token == NULL);
}

void
renew_give_token(struct job *job)
{
	if (lacks_token(job) && job->account->token != NULL)
		set_token(job, job->account->token);
}

void
renew_before_start(struct renewals *r, struct job *job)
{
	job->outcome = link_is_old(job) ? OUTCOME_EXPIRED : OUTCOME_TOKEN;
	renew_want(r, job);
}

void
renew_want(struct renewals *r, struct job *job)
{
	job_append(&r->waiting, job);
}

static bool
same_text(struct record *a, struct record *b, const char *name)
{
	const char *x = record_text(a, name), *y = record_text(b, name);

	return strcmp(x != NULL ? x : "", y != NULL ? y : "") == 0;
}

static bool
has_link(const struct api_task *task, const char *id)
{
	size_t i;

	for (i = 0; i < task->links; i++) {
		if (strcmp(task->link[i].id, id) == 0)
			return true;
	}
	return false;
}

static enum api_task_kind
task_for(const struct job *job)
{
	if (job->outcome == OUTCOME_TOKEN)
		return API_TASK_TOKEN;
	return job->picker ? API_TASK_PICKER : API_TASK_LIBRARY;
}

/* Whether JOB can go with the api task that FIRST began. */
static bool
goes_with(const struct api_task *task, struct job *first, struct job *job)
{
	if (task_for(job) != task->kind || job->account != task->account ||
	    first->alone || job->alone || task->links == API_TASK_LINKS)
		return false;
	if (task->kind == API_TASK_TOKEN)
		return true;
	if (task->kind == API_TASK_PICKER &&
	    (!same_text(&first->rec, &job->rec, "session") ||
		!same_text(&first->rec, &job->rec, "page")))
		return false;
	/* batchGet takes no id twice */
	return !has_link(task, record_text(&job->rec, "id"));
}

static char *
copy_text(struct record *rec, const char *name)
{
	const char *text = record_text(rec, name);

	return mem_strdup(text != NULL ? text : "");
}

static void
add_job(struct renewals *r, struct api_task *task, struct job *job)
{
	if (task->kind != API_TASK_TOKEN)
		task->link[task->links++].id = copy_text(&job->rec, "id");
	job_append(&r->under_way, job);
}

static struct api_task *
begin(struct renewals *r, struct job *first)
{
	struct api_task *task = api_task_new(task_for(first), first->account);

	if (task->kind == API_TASK_TOKEN && first->token != NULL)
		task->bad_token = mem_strdup(first->token);
	task->session = copy_text(&first->rec, "session");
	task->page_token = copy_text(&first->rec, "page");
	add_job(r, task, first);
	return task;
}

void
renew_send(struct renewals *r)
{
	struct job_list rest = r->waiting;
	struct job *first, *job;
	struct api_task *task;

	if (r->busy || r->waiting.n == 0)
		return;
	memset(&r->waiting, 0, sizeof(r->waiting));
	first = job_take(&rest);
	task = begin(r, first);
	for (job = job_take(&rest); job != NULL; job = job_take(&rest)) {
		if (goes_with(task, first, job))
			add_job(r, task, job);
		else
			job_append(&r->waiting, job);
	}
	r->busy = true;
	if (task->kind != API_TASK_TOKEN)
		msg_at(1, NULL, "asking Google for %zu fresh link%s",
		    task->links, task->links == 1 ? "" : "s");
	api_thread_send(&r->api_thread, task);
}

/* The link is issued anew, what the source says of the item is not: that stays
 * as old as it was listed, or it would pass for newer than what was listed
 * since. */
static void
set_issued(struct job *job)
{
	char now[NUM_TIME_SIZE];
	const char *listed = record_text(&job->rec, "urlTime");

	job->issued = (int64_t)time(NULL);
	if (listed == NULL)
		return;
	if (record_text(&job->rec, "listedTime") == NULL)
		record_set_text(&job->rec, "listedTime", listed);
	num_format_time(now, job->issued);
	record_set_text(&job->rec, "urlTime", now);
}

/* The fresh link in place of the old one, with what the old one asked for. */
static void
set_link(struct job *job, const char *base)
{
	bool video;

	video = path_ends_in(job->url, "=dv") ||
	    (!path_ends_in(job->url, "=d") && job->mime != NULL &&
		strncasecmp(job->mime, "video/", 6) == 0);
	free(job->url);
	job->url = mem_printf("%s=%s", base, video ? "dv" : "d");
	record_set_text(&job->rec, "url", job->url);
	set_issued(job);
}

static enum renewed
fail_job(struct job *job, const struct api_task *task)
{
	static const char *const codes[] = { [API_OK] = "gave-up",
		[API_NOT_FOUND] = "not-found",
		[API_BAD] = "not-found",
		[API_PENDING] = "expired",
		[API_DENIED] = "denied",
		[API_SIGN_IN] = "denied",
		[API_QUOTA] = "quota",
		[API_GAVE_UP] = "gave-up" };

	if (task->kind == API_TASK_PICKER && task->result == API_NOT_FOUND)
		job_end(job, OUTCOME_FAILED, "expired",
		    "the picking session is over: list it again with "
		    "`gp-list picker:`");
	else
		job_end(job, OUTCOME_FAILED, codes[task->result], "%s: %s",
		    task->kind == API_TASK_TOKEN ? "no access token"
						 : "no fresh link",
		    task->message);
	return task->result == API_SIGN_IN || task->result == API_QUOTA
	    ? RENEWED_STOP
	    : RENEWED_NOT;
}

/* What TASK brought for JOB, its I-th. */
static enum renewed
apply(struct job *job, const struct api_task *task, size_t i)
{
	if (task->result != API_OK)
		return fail_job(job, task);
	if (task->kind != API_TASK_TOKEN && task->link[i].url == NULL) {
		job_end(job, OUTCOME_FAILED, task->link[i].code, "%s",
		    task->link[i].reason);
		return RENEWED_NOT;
	}
	job->alone = false;
	if (job->picker && task->token != NULL)
		set_token(job, task->token);
	if (task->kind != API_TASK_TOKEN)
		set_link(job, task->link[i].url);
	return RENEWED;
}

/* One bad id fails the whole batch: then each is asked for alone. */
static bool
ask_alone(const struct api_task *task)
{
	return task->kind == API_TASK_LIBRARY && task->links > 1 &&
	    (task->result == API_BAD || task->result == API_GAVE_UP ||
		task->result == API_NOT_FOUND);
}

static void
keep_token(struct account *a, const char *token)
{
	if (token == NULL)
		return;
	if (a->token != NULL)
		explicit_bzero(a->token, strlen(a->token));
	free(a->token);
	a->token = mem_strdup(token);
}

void
renew_take(struct renewals *r,
    void (*tell)(void *arg, struct job *job, enum renewed what), void *arg)
{
	struct job_list list = r->under_way;
	struct api_task *task;
	struct job *job;
	size_t i = 0;

	if (!r->busy)
		return;
	task = api_thread_take(&r->api_thread);
	if (task == NULL)
		return;
	r->busy = false;
	memset(&r->under_way, 0, sizeof(r->under_way));
	keep_token(task->account, task->token);
	for (job = job_take(&list); job != NULL; job = job_take(&list)) {
		if (ask_alone(task)) {
			job->alone = true;
			job_append(&r->waiting, job);
		} else {
			tell(arg, job, apply(job, task, i));
		}
		i++;
	}
	api_task_free(task);
}
