/* --accept ID REASON: a person accepts a failure for good, or that a file which
 * SHA256SUMS names is not as it says. */
#include <stdbool.h>
#include <stdlib.h>

#include "gp-index/db/index.h"
#include "gp-index/modes/accept-owed.h"
#include "gp-index/modes/modes.h"
#include "gp-index/open/open.h"
#include "lib/mem.h"
#include "lib/program/msg.h"

#define FAILURES_SHOWN 5 /* open failures named when none has the id */

/* Within a write transaction: the event of an acceptance. */
static int
note_accepted(struct index *ix, const char *id, const char *reason)
{
	char *detail = mem_printf("%s: %s", id, reason);
	int result = index_event(ix, "accepted", NULL, NULL, detail);

	free(detail);
	return result;
}

/* How many failures of ID were accepted, of those that are open, or AGAIN of
 * those that were accepted before, or -1. */
static int
accept_failures(struct index *ix, const char *id, const char *reason,
    bool again)
{
	sqlite3_stmt *s;
	int n;

	if (index_begin_write(ix) < 0)
		return -1;
	s = index_prepare(ix,
	    "UPDATE failure SET accepted = ? WHERE id = ? "
	    "AND (accepted IS NOT NULL) = ?");
	index_bind_text(s, 1, reason);
	index_bind_text(s, 2, id);
	index_bind_int(s, 3, again);
	n = index_run(ix, s) < 0 ? -1 : sqlite3_changes(ix->db);
	sqlite3_finalize(s);
	if (n > 0 && note_accepted(ix, id, reason) == 0)
		return index_commit(ix) < 0 ? -1 : n;
	index_rollback(ix);
	return n == 0 ? 0 : -1;
}

/* Says what could have been meant. */
static void
say_open(struct index *ix, const char *id)
{
	sqlite3_stmt *s;
	int n = 0;

	msg(id, "no open failure has this id");
	s = index_prepare(ix,
	    "SELECT id, ifnull(filename, ''), message "
	    "FROM failure WHERE accepted IS NULL "
	    "ORDER BY last DESC, id");
	while (index_step(ix, s) > 0) {
		if (n++ < FAILURES_SHOWN)
			msg(NULL, "open: '%s' (%s): %s", index_text(s, 0),
			    index_text(s, 1), index_text(s, 2));
	}
	sqlite3_finalize(s);
	if (n > FAILURES_SHOWN)
		msg(NULL, "and %d more", n - FAILURES_SHOWN);
	else if (n == 0)
		msg(NULL, "there is no open failure at all");
}

enum status
mode_accept(const struct index_options *opt)
{
	struct index ix;
	int n;

	if (*opt->reason == '\0')
		cli_usage(&opt->cli, "--accept needs a reason");
	if (index_open(&ix, opt->cli.archive, INDEX_READ) < 0)
		return STATUS_STOPPED;
	n = accept_failures(&ix, opt->id, opt->reason, false);
	if (n == 0)
		n = accept_owed(&ix, opt->id, opt->reason);
	/* it failed anew since, in a later picking session */
	if (n == 0)
		n = accept_failures(&ix, opt->id, opt->reason, true);
	if (n == 0)
		say_open(&ix, opt->id);
	index_close(&ix);
	return n > 0 ? STATUS_DONE : STATUS_STOPPED;
}
