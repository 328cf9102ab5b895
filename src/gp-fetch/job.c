#include "gp-fetch/job.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gp-fetch/sniff.h"
#include "gp-fetch/stored.h"
#include "lib/files/file.h"
#include "lib/mem.h"

struct job *
job_new(void)
{
	struct job *job = mem_alloc(sizeof(*job));

	record_init(&job->rec);
	staged_init(&job->staged);
	return job;
}

void
job_free(struct job *job)
{
	record_release(&job->rec);
	if (job->token != NULL)
		explicit_bzero(job->token, strlen(job->token));
	free(job->token);
	free(job->url);
	free(job->member);
	free(job->mime);
	free(job);
}

enum outcome
job_end(struct job *job, enum outcome outcome, const char *code,
    const char *fmt, ...)
{
	va_list ap;

	job->outcome = outcome;
	job->code = code;
	va_start(ap, fmt);
	vsnprintf(job->reason, sizeof(job->reason), fmt, ap);
	va_end(ap);
	return outcome;
}

enum outcome
job_end_io(struct job *job, int e)
{
	bool full = e == ENOSPC || e == EDQUOT;

	return job_end(job,
	    full || e == EIO || e == EROFS ? OUTCOME_FULL : OUTCOME_FAILED,
	    full ? "no-space" : "io", "writing to the staging folder: %s",
	    strerror(e));
}

void
job_end_found(struct job *job, const struct staging *s)
{
	int fd = -1;

	if (!job->scheme->remote)
		fd = openat(s->dir, job->staged.name,
		    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0) {
		job_set_type(job, fd);
		close(fd);
	}
	job_end(job, OUTCOME_DONE, NULL, "it was there already");
}

bool
job_stage(struct job *job, const struct staging *s, int64_t size)
{
	enum staged_opening opened;

	opened = staged_open(&job->staged, s, job->key, size, &job->rec,
	    job->waits >= JOB_WAITS_MAX);
	/* asked while it is held: nobody else can fetch it from then on */
	if ((opened == STAGED_OPEN || opened == STAGED_BUSY) &&
	    stored_check(s->stored, &job->rec)) {
		staged_drop(&job->staged, s);
		job_end(job, OUTCOME_STORED, NULL, "another run has stored it");
	} else if (opened == STAGED_OPEN) {
		job->opened = true;
		return true;
	} else if (opened == STAGED_WHOLE) {
		job_end_found(job, s);
	} else if (opened == STAGED_BUSY) {
		job_end(job, OUTCOME_BUSY, "busy",
		    "another run is fetching it");
	} else {
		job_end_io(job, errno);
	}
	return false;
}

bool
job_finish(struct job *job, const struct staging *s)
{
	char name[STAGED_NAME_SIZE];
	int saved;

	if (staged_finish(&job->staged, s, &job->rec) == 0)
		return true;
	saved = errno;
	if (staged_in_way(name, &job->staged, s))
		job_end(job, OUTCOME_FAILED, "io",
		    "a folder lies at .gp/staging/%s, where it belongs: remove "
		    "that folder",
		    name);
	else
		job_end_io(job, saved);
	return false;
}

void
job_set_type(struct job *job, int fd)
{
	uint8_t head[SNIFF_HEAD];
	const ssize_t n = file_read_at(fd, head, sizeof(head), 0);
	const char *type = n > 0 ? sniff_type(head, (size_t)n, job->mime)
				 : NULL;

	if (type != NULL)
		record_set_text(&job->rec, "mimeType", type);
}

void
job_append(struct job_list *list, struct job *job)
{
	job->next = NULL;
	if (list->last != NULL)
		list->last->next = job;
	else
		list->first = job;
	list->last = job;
	list->n++;
}

struct job *
job_take(struct job_list *list)
{
	struct job *job = list->first;

	if (job == NULL)
		return NULL;
	list->first = job->next;
	if (list->first == NULL)
		list->last = NULL;
	list->n--;
	job->next = NULL;
	return job;
}
