#include "gp-fetch/members/member.h"

#include <errno.h>
#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

#include "gp-fetch/location.h"
#include "gp-fetch/sniff.h"
#include "lib/files/file.h"
#include "lib/files/path.h"
#include "lib/mem.h"

void
package_cache_init(struct package_cache *s)
{
	memset(s, 0, sizeof(*s));
	s->block = mem_alloc(STAGED_BLOCK);
}

void
package_cache_release(struct package_cache *s)
{
	size_t i;

	for (i = 0; i < PACKAGE_CACHE_SIZE; i++) {
		package_close(s->cached[i].package);
		free(s->cached[i].path);
	}
	free(s->block);
}

/* Where PATH is in the cache, else where it may go: a free place, or that of
 * the one not used for longest. */
static size_t
package_cache_find(const struct package_cache *s, const char *path)
{
	size_t i;

	for (i = 0; i < PACKAGE_CACHE_SIZE - 1 && s->cached[i].package != NULL;
	     i++) {
		if (strcmp(s->cached[i].path, path) == 0)
			break;
	}
	return i;
}

/* Opens PATH in place of what is at I, which goes first: the directories of
 * zips are what takes memory. 0, or -1 with the job ended. */
static int
package_cache_open(struct package_cache *s, size_t i, const char *path,
    struct job *job)
{
	char reason[200];

	package_close(s->cached[i].package);
	free(s->cached[i].path);
	s->cached[i].path = NULL;
	s->cached[i].package = package_open(path, reason, sizeof(reason));
	if (s->cached[i].package != NULL) {
		s->cached[i].path = mem_strdup(path);
		return 0;
	}
	job_end(job, OUTCOME_FAILED, "unreadable", "%s: %s", path_base(path),
	    reason);
	return -1;
}

/* The part at PATH, opened if it was not, and first in the cache. NULL with
 * the job ended. */
static struct package *
package_cache_get(struct package_cache *s, const char *path, struct job *job)
{
	const size_t i = package_cache_find(s, path);
	struct cached_package found;

	if ((s->cached[i].package == NULL ||
		strcmp(s->cached[i].path, path) != 0) &&
	    package_cache_open(s, i, path, job) < 0)
		return NULL;
	found = s->cached[i];
	memmove(&s->cached[1], &s->cached[0], i * sizeof(s->cached[0]));
	s->cached[0] = found;
	return found.package;
}

void
member_fail(struct job *job, const char *code, const char *why)
{
	job_end(job, OUTCOME_FAILED, code, "%.100s in %.60s: %s", job->member,
	    path_base(job->url), why);
}

void
member_fail_other(struct job *job, enum member_is what)
{
	static const char *const why[] = {
		[MEMBER_NO_FILE] = "it is no regular file",
		[MEMBER_RESIZED] = "it is of another size than when it was "
				   "listed; list it again",
		[MEMBER_CHANGED] = "its bytes are others than when it was "
				   "listed; list it again",
	};

	member_fail(job, what == MEMBER_NO_FILE ? "unreadable" : "changed",
	    why[what]);
}

/* Its bytes, checked as they pass; whether it is whole. */
static bool
pour(struct job *job, struct package *package, char *block,
    struct workers *workers, struct member_read *got)
{
	const char *wrong;
	bool first = true;
	ssize_t n;

	got->read = true;
	got->crc = 0;
	for (n = package_read(package, block, STAGED_BLOCK); n > 0;
	     n = package_read(package, block, STAGED_BLOCK)) {
		if (atomic_load(&workers->abort)) {
			job_end(job, OUTCOME_ABORTED, NULL, "broken off");
			return false;
		}
		wrong = first
		    ? sniff_member((const uint8_t *)block, (size_t)n, job->mime)
		    : NULL;
		first = false;
		if (wrong != NULL) {
			member_fail(job, "bad-content", wrong);
			return false;
		}
		if (file_write_all(job->staged.fd, block, (size_t)n) < 0) {
			job_end_io(job, errno);
			return false;
		}
		got->crc = libdeflate_crc32(got->crc, block, (size_t)n);
		job->staged.have += n;
		atomic_fetch_add(&workers->received, n);
	}
	if (n < 0)
		job_end(job, OUTCOME_FAILED, "bad-content",
		    "%.100s in %.60s: %.60s; download that part again",
		    job->member, path_base(job->url), package_reason(package));
	got->whole = n == 0;
	if (n == 0 && job->expected.has_crc && job->expected.crc != got->crc) {
		member_fail_other(job, MEMBER_CHANGED);
		return false;
	}
	return n == 0;
}

/* Into the staged file, which is open. */
static void
take_out(struct job *job, struct package *package, char *block,
    struct workers *workers, struct member_read *got)
{
	if (job->staged.have > 0 && staged_restart(&job->staged) < 0)
		job_end_io(job, errno);
	else if (pour(job, package, block, workers, got)) {
		job->staged.crc = got->crc;
		job->staged.summed = job->staged.have;
		job_set_type(job, job->staged.fd);
		if (job_finish(job, workers->staging))
			job_end(job, OUTCOME_DONE, NULL, "taken out of %s",
			    path_base(job->url));
	}
}

enum member_is
member_compare(const struct job *job, const struct package_member *m)
{
	const struct expected *l = &job->expected;

	if (m->type != PACKAGE_FILE)
		return MEMBER_NO_FILE;
	if (l->size >= 0 && m->size >= 0 && m->size != l->size)
		return MEMBER_RESIZED;
	return l->has_crc && m->has_crc && m->crc != l->crc ? MEMBER_CHANGED
							    : MEMBER_IT;
}

void
member_take(struct job *job, struct package *package,
    const struct package_member *m, char *block, struct workers *workers,
    struct member_read *got)
{
	if (job_stage(job, workers->staging, m->size))
		take_out(job, package, block, workers, got);
}

void
member_fetch(struct job *job, struct package_cache *cache,
    struct workers *workers)
{
	const struct package_member wanted = { .size = job->expected.size,
		.has_crc = job->expected.has_crc,
		.crc = job->expected.crc };
	struct member_read got = { .read = false };
	enum member_is what;
	struct package_member m;
	struct package *package;
	char *path = location_path(job->url);
	int found;

	if (path == NULL) {
		job_end(job, OUTCOME_FAILED, "bad-url",
		    "no file: address of this machine");
		return;
	}
	package = package_cache_get(cache, path, job);
	free(path);
	if (package == NULL)
		return;
	found = package_find(package, job->member, &wanted, &m);
	what = found > 0 ? member_compare(job, &m) : MEMBER_IT;
	if (found < 0)
		member_fail(job, "unreadable", package_reason(package));
	else if (found == 0)
		member_fail(job, "not-found", "there is no such member");
	else if (what != MEMBER_IT)
		member_fail_other(job, what);
	else
		member_take(job, package, &m, cache->block, workers, &got);
}
