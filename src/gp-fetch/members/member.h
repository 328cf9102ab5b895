/* Members of an export's parts, taken out into staging. */
#ifndef GP_FETCH_MEMBERS_MEMBER_H
#define GP_FETCH_MEMBERS_MEMBER_H

#include "gp-fetch/job.h"
#include "gp-fetch/workers.h"
#include "lib/package/package.h"

/* The zips that are open, the one used last first. A thread has its own. Two,
 * for a list goes by parts but for what was damaged; libzip holds some 340
 * bytes a member of each. */
#define PACKAGE_CACHE_SIZE 2

struct package_cache {
	struct cached_package {
		char *path;
		struct package *package;
	} cached[PACKAGE_CACHE_SIZE];
	char *block; /* STAGED_BLOCK bytes */
};

/* An empty one; package_cache_release() closes all parts that are open. */
void package_cache_init(struct package_cache *s);
void package_cache_release(struct package_cache *s);

/* Takes job->member out of the zip (or tree) at job->url. The job ends, well
 * or not. */
void member_fetch(struct job *job, struct package_cache *cache,
    struct workers *workers);

/* What is known of a member's bytes once they went by. */
struct member_read {
	bool read; /* they can't be read again */
	bool whole; /* crc is that of all of them */
	uint32_t crc;
};

/* What a member is to a job that wants one of its name. */
enum member_is {
	MEMBER_IT,
	MEMBER_NO_FILE,
	MEMBER_RESIZED,
	MEMBER_CHANGED /* its CRC-32 is another */
};

/* Whether M can be what the job's record lists. */
enum member_is member_compare(const struct job *job,
    const struct package_member *m);

/* Takes out the member at hand of PACKAGE, M, with BLOCK (STAGED_BLOCK bytes)
 * to work with. The job ends; with code "changed" where its bytes are another
 * member's. */
void member_take(struct job *job, struct package *package,
    const struct package_member *m, char *block, struct workers *workers,
    struct member_read *got);

/* The job ends as failed: WHAT is all that its part has of that name. */
void member_fail_other(struct job *job, enum member_is what);

/* The job ends as failed, with CODE: WHY. */
void member_fail(struct job *job, const char *code, const char *why);

#endif
