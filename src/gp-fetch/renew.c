#include "gp-fetch/renew.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "lib/mem.h"
#include "lib/msg.h"
#include "lib/num.h"

void
renew_init(struct renewals *r, int wake)
{
	memset(r, 0, sizeof(*r));
	api_thread_init(&r->clerk, wake);
}

void
renew_release(struct renewals *r)
{
	struct account *a;

	api_thread_release(&r->clerk, !r->busy);
	while (!r->busy && (a = r->accounts) != NULL) {
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

bool
renew_needed(struct job *job)
{
	if (!job->library && !job->picker)
		return false;
	if (job->issued != 0 && (int64_t)time(NULL) - job->issued > RENEW_AGE) {
		job->outcome = OUTCOME_EXPIRED;
		return true;
	}
	if (!job->picker || job->token != NULL)
		return false;
	if (job->account->token != NULL) {
		set_token(job, job->account->token);
		return false;
	}
	job->outcome = OUTCOME_TOKEN;
	return true;
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
has_link(const struct api_task *e, const char *id)
{
	size_t i;

	for (i = 0; i < e->links; i++) {
		if (strcmp(e->link[i].id, id) == 0)
			return true;
	}
	return false;
}

static enum api_task_kind
kind_of(const struct job *job)
{
	if (job->outcome == OUTCOME_TOKEN)
		return API_TASK_TOKEN;
	return job->picker ? API_TASK_PICKER : API_TASK_LIBRARY;
}

/* Whether JOB can go with the errand that FIRST began. */
static bool
goes_with(const struct api_task *e, struct job *first, struct job *job)
{
	if (kind_of(job) != e->kind || job->account != e->account ||
	    first->alone || job->alone || e->links == API_TASK_LINKS)
		return false;
	if (e->kind == API_TASK_TOKEN)
		return true;
	if (e->kind == API_TASK_PICKER &&
	    (!same_text(&first->rec, &job->rec, "session") ||
		!same_text(&first->rec, &job->rec, "page")))
		return false;
	/* batchGet takes no id twice */
	return !has_link(e, record_text(&job->rec, "id"));
}

static char *
copy_text(struct record *rec, const char *name)
{
	const char *text = record_text(rec, name);

	return mem_strdup(text != NULL ? text : "");
}

static void
add_job(struct renewals *r, struct api_task *e, struct job *job)
{
	if (e->kind != API_TASK_TOKEN)
		e->link[e->links++].id = copy_text(&job->rec, "id");
	job_append(&r->under_way, job);
}

static struct api_task *
begin(struct renewals *r, struct job *first)
{
	struct api_task *e = api_task_new(kind_of(first), first->account);

	if (e->kind == API_TASK_TOKEN && first->token != NULL)
		e->bad_token = mem_strdup(first->token);
	e->session = copy_text(&first->rec, "session");
	e->page = copy_text(&first->rec, "page");
	add_job(r, e, first);
	return e;
}

void
renew_send(struct renewals *r)
{
	struct job_list rest = r->waiting;
	struct job *first, *job;
	struct api_task *e;

	if (r->busy || r->waiting.n == 0)
		return;
	memset(&r->waiting, 0, sizeof(r->waiting));
	first = job_take(&rest);
	e = begin(r, first);
	while ((job = job_take(&rest)) != NULL) {
		if (goes_with(e, first, job))
			add_job(r, e, job);
		else
			job_append(&r->waiting, job);
	}
	r->busy = true;
	if (e->kind != API_TASK_TOKEN)
		msg_at(1, NULL, "asking Google for %zu fresh link%s", e->links,
		    e->links == 1 ? "" : "s");
	api_thread_send(&r->clerk, e);
}

static bool
ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && strcmp(s + n - m, end) == 0;
}

/* The fresh link in place of the old one, with what the old one asked for. */
static void
set_link(struct job *job, const char *base)
{
	char now[NUM_TIME_SIZE];
	bool video;

	video = ends_with(job->url, "=dv") ||
	    (!ends_with(job->url, "=d") && job->mime != NULL &&
		strncasecmp(job->mime, "video/", 6) == 0);
	free(job->url);
	job->url = mem_printf("%s=%s", base, video ? "dv" : "d");
	job->issued = (int64_t)time(NULL);
	num_format_time(now, job->issued);
	record_set_text(&job->rec, "url", job->url);
	record_set_text(&job->rec, "urlTime", now);
}

static enum renewed
failed(struct job *job, const struct api_task *e)
{
	static const char *const codes[] = { [API_OK] = "gave-up",
		[API_NOT_FOUND] = "not-found",
		[API_BAD] = "not-found",
		[API_PENDING] = "expired",
		[API_DENIED] = "denied",
		[API_SIGN_IN] = "denied",
		[API_QUOTA] = "quota",
		[API_GAVE_UP] = "gave-up" };

	if (e->kind == API_TASK_PICKER && e->result == API_NOT_FOUND)
		job_end(job, OUTCOME_FAILED, "expired",
		    "the picking session is over: list it again with "
		    "`gp-list picker:`");
	else
		job_end(job, OUTCOME_FAILED, codes[e->result], "%s: %s",
		    e->kind == API_TASK_TOKEN ? "no access token"
					      : "no fresh link",
		    e->message);
	return e->result == API_SIGN_IN || e->result == API_QUOTA ? RENEWED_STOP
								  : RENEWED_NOT;
}

/* What E brought for JOB, its I-th. */
static enum renewed
apply(struct job *job, const struct api_task *e, size_t i)
{
	if (e->result != API_OK)
		return failed(job, e);
	if (e->kind != API_TASK_TOKEN && e->link[i].url == NULL) {
		job_end(job, OUTCOME_FAILED, e->link[i].code, "%s",
		    e->link[i].reason);
		return RENEWED_NOT;
	}
	job->alone = false;
	if (job->picker && e->token != NULL)
		set_token(job, e->token);
	if (e->kind != API_TASK_TOKEN)
		set_link(job, e->link[i].url);
	return RENEWED;
}

/* One bad id fails the whole batch: then each is asked for alone. */
static bool
ask_alone(const struct api_task *e)
{
	return e->kind == API_TASK_LIBRARY && e->links > 1 &&
	    (e->result == API_BAD || e->result == API_GAVE_UP ||
		e->result == API_NOT_FOUND);
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
	struct api_task *e;
	struct job *job;
	size_t i = 0;

	if (!r->busy)
		return;
	e = api_thread_take(&r->clerk, false);
	if (e == NULL)
		return;
	r->busy = false;
	memset(&r->under_way, 0, sizeof(r->under_way));
	keep_token(e->account, e->token);
	while ((job = job_take(&list)) != NULL) {
		if (ask_alone(e)) {
			job->alone = true;
			job_append(&r->waiting, job);
		} else {
			tell(arg, job, apply(job, e, i));
		}
		i++;
	}
	api_task_free(e);
}

void
renew_delete_session(struct renewals *r, struct account *account,
    const char *id)
{
	struct api_task *e = api_task_new(API_TASK_DELETE, account);

	e->session = mem_strdup(id);
	api_thread_send(&r->clerk, e);
	e = api_thread_take(&r->clerk, true);
	if (e->result == API_OK)
		msg_at(1, NULL, "the picking session is fetched and deleted");
	else
		msg_at(1, NULL, "the picking session could not be deleted: %s",
		    e->message);
	api_task_free(e);
}
