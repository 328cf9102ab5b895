#include "gp-fetch/api-task.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gp-fetch/workers.h"
#include "lib/json.h"
#include "lib/mem.h"
#include "lib/msg.h"

#define PAGE_SIZE "100" /* a page token belongs to its page size: gp-list's */
#define URL_MAX ((size_t)256 * 1024)

static const struct signin_commands signin = {
	.token = "gp-auth token",
	.login = "gp-auth login",
	.status = "gp-auth status",
};

struct api_task *
api_task_new(enum api_task_kind kind, struct account *account)
{
	struct api_task *e = mem_alloc(sizeof(*e));

	e->kind = kind;
	e->account = account;
	return e;
}

static void
free_secret(char *s)
{
	if (s != NULL)
		explicit_bzero(s, strlen(s));
	free(s);
}

void
api_task_free(struct api_task *e)
{
	size_t i;

	for (i = 0; i < e->links; i++) {
		free(e->link[i].id);
		free(e->link[i].url);
		free(e->link[i].reason);
	}
	free(e->session);
	free(e->page);
	free_secret(e->bad_token);
	free_secret(e->token);
	free(e);
}

static void
add_escaped(struct buf *url, const char *text)
{
	char *escaped = curl_easy_escape(NULL, text, 0);

	if (escaped == NULL)
		msg_die("out of memory");
	buf_adds(url, escaped);
	curl_free(escaped);
}

static void
take_token(struct api_task *e)
{
	struct token *token = &e->account->api.token;
	const char *value = token_get(token);

	if (value != NULL && e->bad_token != NULL &&
	    strcmp(value, e->bad_token) == 0)
		value = token_renew(token);
	e->result = API_OK;
	if (value == NULL) {
		e->result = token->status == STATUS_PERSON ? API_SIGN_IN
							   : API_GAVE_UP;
		snprintf(e->message, sizeof(e->message), "%s",
		    token->status == STATUS_PERSON
			? "the sign-in is needed again: run `gp-auth login`"
			: "there is no access token");
	}
}

static struct link *
find_link(struct api_task *e, const char *id)
{
	size_t i;

	for (i = 0; id != NULL && i < e->links; i++) {
		if (strcmp(e->link[i].id, id) == 0)
			return &e->link[i];
	}
	return NULL;
}

static void
set_link(struct api_task *e, const char *id, const char *base)
{
	struct link *link = find_link(e, id);

	if (link == NULL || base == NULL || link->url != NULL)
		return;
	link->url = mem_strdup(base);
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
take_results(struct api_task *e, struct json_object *answer)
{
	struct json_object *list, *one, *item;
	size_t i, n;

	list = json_get(answer, "mediaItemResults");
	if (!json_object_is_type(list, json_type_array))
		return;
	n = json_object_array_length(list);
	for (i = 0; i < n; i++) {
		one = json_object_array_get_idx(list, i);
		item = json_get(one, "mediaItem");
		if (item != NULL)
			set_link(e, json_text(item, "id"),
			    json_text(item, "baseUrl"));
		else if (i < e->links)
			set_problem(&e->link[i], json_get(one, "status"));
	}
}

static void
take_page(struct api_task *e, struct json_object *answer)
{
	struct json_object *list, *item;
	size_t i, n;

	list = json_get(answer, "mediaItems");
	if (!json_object_is_type(list, json_type_array))
		return;
	n = json_object_array_length(list);
	for (i = 0; i < n; i++) {
		item = json_object_array_get_idx(list, i);
		set_link(e, json_text(item, "id"),
		    json_text(json_get(item, "mediaFile"), "baseUrl"));
	}
}

static void
library_url(const struct api_task *e, struct buf *url)
{
	size_t i;

	buf_printf(url, "%s/v1/mediaItems:batchGet", e->account->api.library);
	for (i = 0; i < e->links; i++) {
		buf_adds(url, i == 0 ? "?mediaItemIds=" : "&mediaItemIds=");
		add_escaped(url, e->link[i].id);
	}
}

static void
picker_url(const struct api_task *e, struct buf *url)
{
	buf_printf(url, "%s/v1/mediaItems?sessionId=", e->account->api.picker);
	add_escaped(url, e->session);
	buf_adds(url, "&pageSize=" PAGE_SIZE);
	if (e->page != NULL && *e->page != '\0') {
		buf_adds(url, "&pageToken=");
		add_escaped(url, e->page);
	}
}

static void
renew(struct api_task *e)
{
	struct api *api = &e->account->api;
	struct json_object *answer;
	struct buf url;
	size_t i;

	buf_init(&url, URL_MAX);
	if (e->kind == API_TASK_LIBRARY)
		library_url(e, &url);
	else
		picker_url(e, &url);
	e->result = api_call(api,
	    e->kind == API_TASK_LIBRARY ? API_LIBRARY : API_PICKER, "GET",
	    url.data, NULL, &answer);
	buf_release(&url);
	snprintf(e->message, sizeof(e->message), "%s", api->message);
	if (e->result != API_OK)
		return;
	if (e->kind == API_TASK_LIBRARY)
		take_results(e, answer);
	else
		take_page(e, answer);
	json_object_put(answer);
	for (i = 0; i < e->links; i++) {
		if (e->link[i].url != NULL || e->link[i].reason != NULL)
			continue;
		e->link[i].code = "not-found";
		e->link[i].reason = mem_strdup(
		    "Google does not list it any more");
	}
}

/* One try: Google forgets a session by itself after seven days. */
static void
delete_session(struct api_task *e)
{
	struct api *api = &e->account->api;
	struct http_request request = { .method = "DELETE" };
	struct buf url;

	buf_init(&url, URL_MAX);
	buf_printf(&url, "%s/v1/sessions/", api->picker);
	add_escaped(&url, e->session);
	request.url = url.data;
	request.token = token_get(&api->token);
	e->result = API_GAVE_UP;
	if (request.token == NULL)
		snprintf(e->message, sizeof(e->message), "no access token");
	else if (http_ask(api->easy, &request, &api->reply) < 0)
		snprintf(e->message, sizeof(e->message), "%.300s",
		    api->reply.error);
	else if (api->reply.status / 100 == 2 || api->reply.status == 404)
		e->result = API_OK;
	else
		snprintf(e->message, sizeof(e->message), "Google answers %ld",
		    api->reply.status);
	buf_release(&url);
}

void
api_task_run(struct api_task *e)
{
	struct account *account = e->account;

	if (!account->ready) {
		if (api_init(&account->api, account->name, &signin) < 0) {
			e->result = API_BAD;
			snprintf(e->message, sizeof(e->message),
			    "the address of Google's API is not usable");
			return;
		}
		account->ready = true;
	}
	switch (e->kind) {
	case API_TASK_TOKEN:
		take_token(e);
		break;
	case API_TASK_LIBRARY:
	case API_TASK_PICKER:
		renew(e);
		break;
	case API_TASK_DELETE:
		delete_session(e);
		break;
	}
	if (account->api.token.value != NULL && e->kind != API_TASK_LIBRARY)
		e->token = mem_strdup(account->api.token.value);
}

static void *
api_thread_run(void *arg)
{
	struct api_thread *c = arg;
	struct api_task *e;

	pthread_mutex_lock(&c->lock);
	for (;;) {
		while (c->todo == NULL && !c->ended)
			pthread_cond_wait(&c->more, &c->lock);
		e = c->todo;
		c->todo = NULL;
		if (e == NULL)
			break;
		pthread_mutex_unlock(&c->lock);
		api_task_run(e);
		pthread_mutex_lock(&c->lock);
		c->done = e;
		pthread_cond_broadcast(&c->more);
		workers_tell(c->wake);
	}
	pthread_mutex_unlock(&c->lock);
	return NULL;
}

void
api_thread_init(struct api_thread *c, int wake)
{
	memset(c, 0, sizeof(*c));
	c->wake = wake;
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->more, NULL);
}

void
api_thread_send(struct api_thread *c, struct api_task *e)
{
	sigset_t all, before;
	int error = 0;

	if (!c->started) {
		sigfillset(&all);
		pthread_sigmask(SIG_SETMASK, &all, &before);
		error = pthread_create(&c->thread, NULL, api_thread_run, c);
		pthread_sigmask(SIG_SETMASK, &before, NULL);
	}
	if (error != 0)
		msg_die("cannot start a thread: %s", strerror(error));
	c->started = true;
	pthread_mutex_lock(&c->lock);
	c->todo = e;
	pthread_cond_broadcast(&c->more);
	pthread_mutex_unlock(&c->lock);
}

void
api_thread_release(struct api_thread *c, bool idle)
{
	if (!c->started)
		return;
	pthread_mutex_lock(&c->lock);
	c->ended = true;
	pthread_cond_broadcast(&c->more);
	pthread_mutex_unlock(&c->lock);
	if (idle)
		pthread_join(c->thread, NULL);
	else
		pthread_detach(c->thread);
}

struct api_task *
api_thread_take(struct api_thread *c, bool wait)
{
	struct api_task *e;

	pthread_mutex_lock(&c->lock);
	while (wait && c->done == NULL)
		pthread_cond_wait(&c->more, &c->lock);
	e = c->done;
	c->done = NULL;
	pthread_mutex_unlock(&c->lock);
	return e;
}
