/*
 * A part that can only be read from front to end (a tgz) is read once, however
 * many of its members are wanted: their records are gathered on disk until
 * another part's come or the input ends; then one thread passes over the part
 * and takes out what is wanted as it goes by (pass.h).
 *
 * A list in the order of the parts, as gp-list writes it, needs one pass over
 * each. Where a part comes again after another, the list is in no such order:
 * from then on members of zips are gathered too, and no pass begins until the
 * input has ended, so that none needs more than one after that, but for members
 * that come from another place, or that two records want.
 */
#ifndef GP_FETCH_MEMBERS_GATHER_H
#define GP_FETCH_MEMBERS_GATHER_H

#include <stdbool.h>
#include <stddef.h>

#include "gp-fetch/job.h"
#include "gp-fetch/members/spill.h"
#include "gp-fetch/workers.h"

struct gather {
	struct workers *workers;
	struct spill *first, *last; /* not begun; records go to any of them */
	size_t held; /* records on disk or with the thread */
	bool running; /* a pass is under way */
	struct met_part {
		char *url;
		bool stream; /* can only be read from front to end */
		bool asked; /* as a first place, not as another one */
	} * met; /* parts that were asked about; owned */
	size_t mets, met_cap;
	size_t at; /* the last part that the list came to */
	bool mixed; /* the list came to a part again after another */
};

/* Nothing gathered yet; passes go to WORKERS, which must outlive G.
 * gather_release() frees what it holds. */
void gather_init(struct gather *g, struct workers *workers);
void gather_release(struct gather *g);

/* Looks whether JOB is to be gathered: its member lies in a part that can only
 * be read from front to end, or the list is in no order. Keeps what it found of
 * the part. */
bool gather_ask(struct gather *g, const struct job *job);

/* Takes JOB's record and frees JOB. false: JOB has ended (a full disk). */
bool gather_add(struct gather *g, struct job *job);

/* Begins the next pass unless one is under way; ENDED: no more records will
 * come, so the last may go too. */
void gather_start(struct gather *g, bool ended);

/* JOB has come back from a pass. false: it was the pass itself, and is freed;
 * else the caller's. */
bool gather_back(struct gather *g, struct job *job);

/* One of those that no pass has begun with, the caller's; NULL when there are
 * no more. */
struct job *gather_give_back(struct gather *g);

#endif
