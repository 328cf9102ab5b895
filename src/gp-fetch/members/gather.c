#include "gp-fetch/members/gather.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gp-fetch/location.h"
#include "lib/mem.h"

void
gather_init(struct gather *g, struct workers *workers)
{
	memset(g, 0, sizeof(*g));
	g->workers = workers;
}

/* Takes the oldest off. */
static struct spill *
take_first(struct gather *g)
{
	struct spill *s = g->first;

	g->first = s->next;
	if (g->first == NULL)
		g->last = NULL;
	s->next = NULL;
	return s;
}

void
gather_release(struct gather *g)
{
	while (g->first != NULL)
		spill_free(take_first(g));
	while (g->mets > 0)
		free(g->met[--g->mets].url);
	free(g->met);
	g->met = NULL;
}

/* Where in G->met the part at URL is; it is added, with what PATH has, where it
 * was not there. */
static size_t
meet(struct gather *g, const char *url, const char *path)
{
	size_t i;

	/* the members of a part come in a row */
	if (g->at < g->mets && strcmp(g->met[g->at].url, url) == 0)
		return g->at;
	for (i = 0; i < g->mets; i++) {
		if (strcmp(g->met[i].url, url) == 0)
			return i;
	}
	if (g->mets == g->met_cap) {
		g->met_cap = g->met_cap > 0 ? 2 * g->met_cap : 16;
		g->met = mem_resize(g->met, g->met_cap, sizeof(*g->met));
	}
	g->met[g->mets++] = (struct met_part){ .url = mem_strdup(url),
		.stream = location_is_stream(path) };
	return i;
}

bool
gather_ask(struct gather *g, const struct job *job)
{
	char *path = job->member != NULL ? location_path(job->url) : NULL;
	size_t i;

	if (path == NULL)
		return false;
	i = meet(g, job->url, path);
	free(path);
	/* another place of it, or another try, is no order of the list's */
	if (job->location == 0 && job->tries == 0 && job->waits == 0) {
		g->mixed = g->mixed || (g->met[i].asked && i != g->at);
		g->met[i].asked = true;
		g->at = i;
	}
	return g->met[i].stream || g->mixed;
}

/* The spill for JOB, begun if there is none; NULL with errno. */
static struct spill *
spill_for(struct gather *g, const struct job *job)
{
	struct spill *s;
	char *path;

	for (s = g->first; s != NULL; s = s->next) {
		if (strcmp(s->url, job->url) == 0)
			return s;
	}
	path = location_path(job->url);
	if (path == NULL) {
		errno = EINVAL;
		return NULL;
	}
	s = spill_new(g->workers->staging, job->url, path);
	free(path);
	if (s == NULL)
		return NULL;
	if (g->last != NULL)
		g->last->next = s;
	else
		g->first = s;
	g->last = s;
	return s;
}

bool
gather_add(struct gather *g, struct job *job)
{
	struct spill *s = spill_for(g, job);

	if (s == NULL || spill_add(s, job) < 0) {
		job_end_io(job, errno);
		return false;
	}
	g->held++;
	job_free(job);
	return true;
}

void
gather_start(struct gather *g, bool ended)
{
	struct job *pass;

	if (g->running || g->first == NULL ||
	    ((g->first == g->last || g->mixed) && !ended))
		return;
	g->running = true;
	pass = job_new();
	pass->spill = take_first(g);
	workers_pass(g->workers, pass);
}

bool
gather_back(struct gather *g, struct job *job)
{
	if (job->spill == NULL) {
		g->held--;
		return true;
	}
	g->running = false;
	spill_free(job->spill);
	job_free(job);
	return false;
}

struct job *
gather_give_back(struct gather *g)
{
	struct job *job;

	while (g->first != NULL) {
		if (g->first->in == NULL)
			spill_rewind(g->first);
		job = spill_next(g->first);
		if (job != NULL) {
			g->held--;
			return job;
		}
		spill_free(take_first(g));
	}
	return NULL;
}
