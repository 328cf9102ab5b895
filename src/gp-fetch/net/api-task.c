#include "gp-fetch/net/api-task.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gp-fetch/workers.h"
#include "lib/google/page-url.h"
#include "lib/mem.h"
#include "lib/percent.h"
#include "lib/program/msg.h"
#include "lib/record/json.h"

#define URL_MAX ((size_t)256 * 1024)

struct api_task *
api_task_new(enum api_task_kind kind, struct account *account)
{
	struct api_task *task = mem_alloc(sizeof(*task));

	task->kind = kind;
	task->account = account;
	return task;
}

static void
free_secret(char *s)
{
	if (s != NULL)
		explicit_bzero(s, strlen(s));
	free(s);
}

void
api_task_free(struct api_task *task)
{
	size_t i;

	for (i = 0; i < task->links; i++) {
		free(task->link[i].id);
		free(task->link[i].url);
		free(task->link[i].reason);
	}
	free(task->session);
	free(task->page_token);
	free_secret(task->bad_token);
	free_secret(task->token);
	free(task);
}

static void
take_token(struct api_task *task)
{
	struct token *token = &task->account->api.token;
	const char *value = token_get(token);

	if (value != NULL && task->bad_token != NULL &&
	    strcmp(value, task->bad_token) == 0)
		value = token_renew(token);
	task->result = API_OK;
	if (value == NULL) {
		task->result = token->status == STATUS_PERSON ? API_SIGN_IN
							      : API_GAVE_UP;
		snprintf(task->message, sizeof(task->message), "%s",
		    token->status == STATUS_PERSON
			? "the sign-in is needed again: run `gp-auth login`"
			: "there is no access token");
	}
}

static struct link *
find_link(struct api_task *task, const char *id)
{
	size_t i;

	for (i = 0; id != NULL && i < task->links; i++) {
		if (strcmp(task->link[i].id, id) == 0)
			return &task->link[i];
	}
	return NULL;
}

static void
no_link(struct link *link, const char *code, const char *reason)
{
	link->code = code;
	free(link->reason);
	link->reason = mem_strdup(reason);
}

static void
set_link(struct api_task *task, const char *id, const char *base)
{
	struct link *link = find_link(task, id);

	if (link == NULL || link->url != NULL)
		return;
	if (base != NULL)
		link->url = mem_strdup(base);
	else
		no_link(link, "gave-up", "Google lists it without a link");
}

/* gRPC's numbers, as batchGet gives them for one item. */
static void
set_problem(struct link *link, struct json_object *status)
{
	const char *message = json_text(status, "message");
	int64_t number = 0;

	json_int(status, "code", &number);
	link->code = number == 7	 ? "denied"
	    : number == 3 || number == 5 ? "not-found"
					 : "gave-up";
	free(link->reason);
	link->reason = mem_printf("Google has no fresh link for it: %.200s",
	    message != NULL ? message : "no reason given");
}

static void
take_results(struct api_task *task, struct json_object *response)
{
	struct json_object *list, *one, *item;
	size_t i, n;

	list = json_get(response, "mediaItemResults");
	if (!json_object_is_type(list, json_type_array))
		return;
	n = json_object_array_length(list);
	for (i = 0; i < n; i++) {
		one = json_object_array_get_idx(list, i);
		item = json_get(one, "mediaItem");
		if (item != NULL)
			set_link(task, json_text(item, "id"),
			    json_text(item, "baseUrl"));
		else if (i < task->links)
			set_problem(&task->link[i], json_get(one, "status"));
	}
}

static void
take_page(struct api_task *task, struct json_object *response)
{
	struct json_object *list, *item;
	size_t i, n;

	list = json_get(response, "mediaItems");
	if (!json_object_is_type(list, json_type_array))
		return;
	n = json_object_array_length(list);
	for (i = 0; i < n; i++) {
		item = json_object_array_get_idx(list, i);
		set_link(task, json_text(item, "id"),
		    json_text(json_get(item, "mediaFile"), "baseUrl"));
	}
}

static void
library_url(const struct api_task *task, struct buf *url)
{
	size_t i;

	buf_printf(url, "%s/v1/mediaItems:batchGet",
	    task->account->api.library);
	for (i = 0; i < task->links; i++) {
		buf_adds(url, i == 0 ? "?mediaItemIds=" : "&mediaItemIds=");
		percent_add(url, task->link[i].id, "");
	}
}

static void
picker_url(const struct api_task *task, struct buf *url)
{
	char *page = page_url(task->account->api.picker, "mediaItems",
	    task->session, API_PAGE_SIZE, task->page_token);

	buf_adds(url, page);
	free(page);
}

static void
renew(struct api_task *task)
{
	struct api *api = &task->account->api;
	struct json_object *response;
	struct buf url;
	size_t i;

	buf_init(&url, URL_MAX);
	if (task->kind == API_TASK_LIBRARY)
		library_url(task, &url);
	else
		picker_url(task, &url);
	task->result = api_call(api,
	    task->kind == API_TASK_LIBRARY ? API_LIBRARY : API_PICKER, "GET",
	    url.data, NULL,
	    task->kind == API_TASK_LIBRARY ? shape_batch : shape_picked,
	    &response);
	buf_release(&url);
	snprintf(task->message, sizeof(task->message), "%s", api->message);
	if (task->result != API_OK)
		return;
	if (task->kind == API_TASK_LIBRARY)
		take_results(task, response);
	else
		take_page(task, response);
	json_object_put(response);
	for (i = 0; i < task->links; i++) {
		if (task->link[i].url != NULL || task->link[i].reason != NULL)
			continue;
		/* it may be on another page by now; batchGet answers for each
		 * one, so that it was not answered for all */
		if (task->kind == API_TASK_PICKER)
			no_link(&task->link[i], "expired",
			    "its page shows it no more: list it again");
		else
			no_link(&task->link[i], "gave-up",
			    "Google's answer says nothing of it");
	}
}

/* Does it, with all patience. */
static void
run_task(struct api_task *task)
{
	struct account *account = task->account;

	if (!account->ready) {
		if (api_init(&account->api, account->name) < 0) {
			task->result = API_BAD;
			snprintf(task->message, sizeof(task->message),
			    "the address of Google's API is not usable");
			return;
		}
		account->ready = true;
	}
	switch (task->kind) {
	case API_TASK_TOKEN:
		take_token(task);
		break;
	case API_TASK_LIBRARY:
	case API_TASK_PICKER:
		renew(task);
		break;
	}
	if (account->api.token.value != NULL && task->kind != API_TASK_LIBRARY)
		task->token = mem_strdup(account->api.token.value);
}

static void *
api_thread_run(void *arg)
{
	struct api_thread *t = arg;
	struct api_task *task;

	pthread_mutex_lock(&t->lock);
	for (;;) {
		while (t->todo == NULL && !t->ended)
			pthread_cond_wait(&t->more, &t->lock);
		task = t->todo;
		t->todo = NULL;
		if (task == NULL)
			break;
		pthread_mutex_unlock(&t->lock);
		run_task(task);
		pthread_mutex_lock(&t->lock);
		t->done = task;
		pthread_cond_broadcast(&t->more);
		workers_tell(t->wake);
	}
	pthread_mutex_unlock(&t->lock);
	return NULL;
}

void
api_thread_init(struct api_thread *t, int wake)
{
	memset(t, 0, sizeof(*t));
	t->wake = wake;
	pthread_mutex_init(&t->lock, NULL);
	pthread_cond_init(&t->more, NULL);
}

void
api_thread_send(struct api_thread *t, struct api_task *task)
{
	sigset_t all, before;
	int error = 0;

	if (!t->started) {
		sigfillset(&all);
		pthread_sigmask(SIG_SETMASK, &all, &before);
		error = pthread_create(&t->thread, NULL, api_thread_run, t);
		pthread_sigmask(SIG_SETMASK, &before, NULL);
	}
	if (error != 0)
		msg_die("cannot start a thread: %s", strerror(error));
	t->started = true;
	pthread_mutex_lock(&t->lock);
	t->todo = task;
	pthread_cond_broadcast(&t->more);
	pthread_mutex_unlock(&t->lock);
}

void
api_thread_release(struct api_thread *t, bool idle)
{
	if (!t->started)
		return;
	pthread_mutex_lock(&t->lock);
	t->ended = true;
	pthread_cond_broadcast(&t->more);
	pthread_mutex_unlock(&t->lock);
	if (idle)
		pthread_join(t->thread, NULL);
	else
		pthread_detach(t->thread);
}

struct api_task *
api_thread_take(struct api_thread *t)
{
	struct api_task *task;

	pthread_mutex_lock(&t->lock);
	task = t->done;
	t->done = NULL;
	pthread_mutex_unlock(&t->lock);
	return task;
}
