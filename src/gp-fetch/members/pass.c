#include "gp-fetch/members/pass.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gp-fetch/job.h"
#include "gp-fetch/members/member.h"
#include "gp-fetch/members/spill.h"
#include "gp-fetch/workers.h"
#include "lib/fnv.h"
#include "lib/mem.h"

/* One that is wanted: found by the hash of its member's name, so that 200,000
 * take a few megabytes; names that collide are told apart by the record. */
struct want {
	uint64_t hash;
	off_t at; /* in the spill; -1 once it was served */
	uint32_t crc; /* of its bytes, when it was listed */
	bool has_crc;
	unsigned char is; /* what all that went by with its name was */
};

struct pass {
	struct worker *worker;
	struct spill *spill;
	struct want *want; /* by hash, then by place */
	size_t wanted, left;
	int64_t good; /* members that went by whole */
	char *block;
};

static int
by_hash(const void *a, const void *b)
{
	const struct want *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

static void
learn_wants(struct pass *p)
{
	struct job *job;
	size_t cap = 0;
	off_t at;

	spill_rewind(p->spill);
	for (;;) {
		at = spill_tell(p->spill);
		job = spill_next(p->spill);
		if (job == NULL)
			break;
		if (p->wanted == cap) {
			cap = cap > 0 ? 2 * cap : 256;
			p->want = mem_resize(p->want, cap, sizeof(*p->want));
		}
		p->want[p->wanted++] = (struct want){ .hash = fnv_text(
							  job->member),
			.at = at,
			.crc = job->expected.crc,
			.has_crc = job->expected.has_crc };
		job_free(job);
	}
	p->left = p->wanted;
	if (p->wanted > 0)
		qsort(p->want, p->wanted, sizeof(*p->want), by_hash);
}

/* The first one with HASH; p->wanted where there is none. */
static size_t
find_first(const struct pass *p, uint64_t hash)
{
	size_t low = 0, high = p->wanted, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (p->want[mid].hash < hash)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static void
give_back(struct pass *p, struct want *w, struct job *job)
{
	w->at = -1;
	p->left--;
	workers_wait_room(p->worker->workers);
	worker_return(p->worker, job);
}

/* The member at hand, for JOB, which W is of. It can be read once: who wants
 * it under another key comes again. Another one of the same name is left to
 * who wants that. */
static void
serve(struct pass *p, struct package *package, const struct package_member *m,
    struct want *w, struct job *job, struct member_read *got)
{
	struct workers *workers = p->worker->workers;
	enum member_is is = member_compare(job, m);

	if (is == MEMBER_IT && atomic_load(&workers->abort)) {
		job_end(job, OUTCOME_ABORTED, NULL, "not begun");
	} else if (is == MEMBER_IT && got->read) {
		job_end(job, OUTCOME_OVER, "unreadable",
		    "it is wanted twice of one part");
	} else if (is == MEMBER_IT) {
		member_take(job, package, m, p->block, workers, got);
		if (got->whole && w->has_crc && w->crc != got->crc)
			is = MEMBER_CHANGED;
	}
	if (is == MEMBER_IT) {
		give_back(p, w, job);
		return;
	}
	w->is = (unsigned char)is;
	staged_drop(&job->staged, workers->staging);
	job_free(job);
}

static void
offer(struct pass *p, struct package *package, const struct package_member *m)
{
	uint64_t hash = fnv_text(m->name);
	struct member_read got = { .read = false };
	struct want *w, *end = p->want + p->wanted;
	struct job *job;

	for (w = p->want + find_first(p, hash); w < end && w->hash == hash;
	     w++) {
		if (w->at < 0)
			continue;
		if (got.whole && w->has_crc && w->crc != got.crc) {
			w->is = MEMBER_CHANGED;
			continue;
		}
		job = spill_get(p->spill, w->at);
		if (strcmp(job->member, m->name) == 0)
			serve(p, package, m, w, job, &got);
		else
			job_free(job);
	}
}

/* What is left when the pass is over: WHY, or, where that is NULL, because all
 * has gone by. */
static void
fail_rest(struct pass *p, const char *code, const char *why)
{
	struct job *job;
	size_t i;

	for (i = 0; i < p->wanted; i++) {
		if (p->want[i].at < 0)
			continue;
		job = spill_get(p->spill, p->want[i].at);
		if (atomic_load(&p->worker->workers->abort))
			job_end(job, OUTCOME_ABORTED, NULL, "not begun");
		else if (why != NULL)
			member_fail(job, code, why);
		else if (p->want[i].is != MEMBER_IT)
			member_fail_other(job, p->want[i].is);
		else
			member_fail(job, "not-found",
			    "there is no such member");
		give_back(p, &p->want[i], job);
	}
}

static void
pass_over(struct pass *p, struct package *package)
{
	struct package_member m;
	char why[320];
	int more = 0;

	while (p->left > 0 && !atomic_load(&p->worker->workers->abort)) {
		more = package_next(package, &m);
		if (more <= 0)
			break;
		offer(p, package, &m);
		p->good++;
	}
	if (more < 0) {
		snprintf(why, sizeof(why), "%s; %lld members were good",
		    package_reason(package), (long long)p->good);
		fail_rest(p, "unreadable", why);
	} else {
		fail_rest(p, NULL, NULL);
	}
}

static void
pass_part(struct worker *worker, struct spill *spill, char *block)
{
	struct pass p = { .worker = worker, .spill = spill, .block = block };
	char reason[200];
	struct package *package;

	learn_wants(&p);
	package = package_open(spill->path, reason, sizeof(reason));
	if (package == NULL)
		fail_rest(&p, "unreadable", reason);
	else
		pass_over(&p, package);
	package_close(package);
	free(p.want);
}

void *
pass_run(void *arg)
{
	struct worker *worker = arg;
	char *block = mem_alloc(STAGED_BLOCK);
	struct job *job;
	bool ended;

	for (job = worker_take(worker, true, &ended); job != NULL;
	     job = worker_take(worker, true, &ended)) {
		pass_part(worker, job->spill, block);
		worker_return(worker, job);
	}
	free(block);
	return NULL;
}
