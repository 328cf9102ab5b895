#include "gp-fetch/net/network.h"

#include <stdlib.h>
#include <string.h>

#include "gp-fetch/net/transfer.h"
#include "gp-fetch/workers.h"
#include "lib/mem.h"
#include "lib/program/msg.h"

#define IDLE_MS 60000

/* The transfers of one worker: all that were ever made; idle ones are used
 * again, with their connections. */
struct network {
	struct worker *worker;
	struct transfer **all;
	size_t n;
};

static struct transfer *
idle_transfer(struct network *net)
{
	size_t i;

	for (i = 0; i < net->n; i++) {
		if (net->all[i]->job == NULL)
			return net->all[i];
	}
	net->all = mem_resize(net->all, net->n + 1, sizeof(struct transfer *));
	net->all[net->n] = transfer_new(net->worker->workers);
	return net->all[net->n++];
}

static void
multi_check(CURLMcode code)
{
	if (code != CURLM_OK)
		msg_die("libcurl: %s", curl_multi_strerror(code));
}

static void
give_back(struct network *net, struct transfer *t)
{
	struct job *job = t->job;

	t->job = NULL;
	worker_return(net->worker, job);
}

static void
take_jobs(struct network *net, bool *ended)
{
	struct transfer *t;
	struct job *job;

	for (job = worker_take(net->worker, false, ended); job != NULL;
	     job = worker_take(net->worker, false, ended)) {
		t = idle_transfer(net);
		if (transfer_start(t, job))
			multi_check(
			    curl_multi_add_handle(net->worker->multi, t->easy));
		else
			give_back(net, t);
	}
}

static void
finish(struct network *net, CURL *easy, CURLcode code)
{
	struct transfer *t;
	char *private = NULL;

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, &private);
	t = (struct transfer *)(void *)private;
	multi_check(curl_multi_remove_handle(net->worker->multi, easy));
	if (transfer_done(t, code))
		multi_check(curl_multi_add_handle(net->worker->multi, easy));
	else
		give_back(net, t);
}

static void
take_finished(struct network *net)
{
	CURLMsg *m;
	int left;

	for (m = curl_multi_info_read(net->worker->multi, &left); m != NULL;
	     m = curl_multi_info_read(net->worker->multi, &left)) {
		if (m->msg == CURLMSG_DONE)
			finish(net, m->easy_handle, m->data.result);
	}
}

static void
abort_all(struct network *net)
{
	size_t i;

	for (i = 0; i < net->n; i++) {
		if (net->all[i]->job == NULL)
			continue;
		curl_multi_remove_handle(net->worker->multi, net->all[i]->easy);
		transfer_abort(net->all[i]);
		give_back(net, net->all[i]);
	}
}

/* Lets the transfers go on that wait for their share of the rate. */
static void
resume_paused(struct network *net)
{
	size_t i;

	if (throttle_ask(&net->worker->workers->throttle) > 0)
		return;
	for (i = 0; i < net->n; i++) {
		if (net->all[i]->paused)
			transfer_resume(net->all[i]);
	}
}

/* How long nothing may have to be done. */
static int
idle_ms(struct network *net)
{
	size_t i;

	for (i = 0; i < net->n; i++) {
		if (net->all[i]->paused)
			return throttle_ask(&net->worker->workers->throttle);
	}
	return IDLE_MS;
}

void *
network_run(void *arg)
{
	struct network net = { .worker = arg };
	bool ended = false;
	int running;
	size_t i;

	while (!ended) {
		take_jobs(&net, &ended);
		if (atomic_load(&net.worker->workers->abort))
			abort_all(&net);
		resume_paused(&net);
		multi_check(curl_multi_perform(net.worker->multi, &running));
		take_finished(&net);
		if (!ended)
			multi_check(curl_multi_poll(net.worker->multi, NULL, 0,
			    idle_ms(&net), NULL));
	}
	for (i = 0; i < net.n; i++)
		transfer_free(net.all[i]);
	free(net.all);
	return NULL;
}
