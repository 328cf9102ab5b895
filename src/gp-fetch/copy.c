#include "gp-fetch/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gp-fetch/job.h"
#include "gp-fetch/location.h"
#include "gp-fetch/members/member.h"
#include "gp-fetch/sniff.h"
#include "gp-fetch/workers.h"
#include "lib/archive/staged-record.h"
#include "lib/files/file.h"

static void
unreadable(struct job *job)
{
	job_end(job, OUTCOME_FAILED,
	    errno == ENOENT ? "not-found" : "unreadable", "%s",
	    strerror(errno));
}

/* fd of the source, or -1 with the job ended. */
static int
open_source(struct job *job, struct stat *st)
{
	char *path = location_path(job->url);
	int fd;

	if (path == NULL) {
		job_end(job, OUTCOME_FAILED, "bad-url",
		    "no file: address of this machine");
		return -1;
	}
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	free(path);
	if (fd < 0 && errno == ELOOP) {
		job_end(job, OUTCOME_FAILED, "unreadable",
		    "it is a symbolic link");
		return -1;
	}
	if (fd < 0 || fstat(fd, st) < 0) {
		unreadable(job);
		if (fd >= 0)
			close(fd);
		return -1;
	}
	if (!S_ISREG(st->st_mode)) {
		job_end(job, OUTCOME_FAILED, "unreadable",
		    "it is no regular file");
		close(fd);
		return -1;
	}
	return fd;
}

static bool
is_unchanged(int fd, const struct stat *before)
{
	struct stat now;

	return fstat(fd, &now) == 0 && now.st_size == before->st_size &&
	    now.st_mtim.tv_sec == before->st_mtim.tv_sec &&
	    now.st_mtim.tv_nsec == before->st_mtim.tv_nsec;
}

/* Whether the file is of the size that it was listed with, else the job is
 * ended. */
static bool
check_size(struct job *job, const struct stat *st)
{
	if (job->expected.size < 0 || job->expected.size == st->st_size)
		return true;
	job_end(job, OUTCOME_FAILED, "changed",
	    "it is of another size than when it was listed; list it again");
	return false;
}

/* The same of the sum of what was copied; the sum is kept. */
static bool
check_sum(struct job *job)
{
	struct staged *staged = &job->staged;

	if (!job->expected.has_crc)
		return true;
	if (staged_record_crc_rest(staged->fd, &staged->summed, &staged->crc) <
	    0) {
		job_end_io(job, errno);
		return false;
	}
	if (staged->crc == job->expected.crc)
		return true;
	job_end(job, OUTCOME_FAILED, "changed",
	    "its bytes are others than when it was listed; list it again");
	return false;
}

/* Whether what was copied out of an unpacked export is what it is called, else
 * the job is ended. In other folders whatever lies there is the person's own.
 */
static bool
check_content(struct job *job)
{
	uint8_t head[SNIFF_HEAD];
	const char *wrong = NULL;
	ssize_t n;

	if (!job->expected.has_crc)
		return true;
	n = pread(job->staged.fd, head, sizeof(head), 0);
	if (n < 0) {
		job_end_io(job, errno);
		return false;
	}
	if (n > 0)
		wrong = sniff_member(head, (size_t)n, job->mime);
	if (wrong != NULL)
		job_end(job, OUTCOME_FAILED, "bad-content",
		    "it holds %s, no photo or video: order the export again",
		    wrong);
	return wrong == NULL;
}

/* Copies and checks; whether all went well, else the job is ended. */
static bool
copy(struct job *job, int source, const struct stat *before)
{
	struct staged *staged = &job->staged;
	bool unread;
	int64_t n;

	if (staged->have > 0 && staged_restart(staged) < 0) {
		job_end_io(job, errno);
		return false;
	}
	n = file_copy(source, staged->fd, &unread);
	if (n < 0 && unread) {
		/* others may still be good */
		job_end(job, OUTCOME_FAILED, "unreadable", "copying: %s",
		    strerror(errno));
	} else if (n < 0) {
		job_end_io(job, errno);
	} else if (n != before->st_size || !is_unchanged(source, before)) {
		job_end(job, OUTCOME_FAILED, "changed",
		    "it was changed while it was copied");
	} else {
		staged->have = n;
		return check_sum(job) && check_content(job);
	}
	return false;
}

static void
copy_one(struct job *job, const struct staging *staging)
{
	struct stat st;
	int source;

	source = open_source(job, &st);
	if (source < 0)
		return;
	if (check_size(job, &st) && job_stage(job, staging, st.st_size) &&
	    copy(job, source, &st)) {
		job_set_type(job, source);
		if (job_finish(job, staging))
			job_end(job, OUTCOME_DONE, NULL, "copied");
	}
	close(source);
}

void *
copy_run(void *arg)
{
	struct worker *worker = arg;
	struct workers *workers = worker->workers;
	struct package_cache cache;
	struct job *job;
	bool ended;

	package_cache_init(&cache);

	for (job = worker_take(worker, true, &ended); job != NULL;
	     job = worker_take(worker, true, &ended)) {
		if (atomic_load(&workers->abort))
			job_end(job, OUTCOME_ABORTED, NULL, "not begun");
		else if (job->member != NULL)
			member_fetch(job, &cache, workers);
		else
			copy_one(job, workers->staging);
		if (job->outcome == OUTCOME_DONE && job->member == NULL)
			atomic_fetch_add(&workers->received, job->staged.have);
		worker_return(worker, job);
	}
	package_cache_release(&cache);
	return NULL;
}
