/* --disc-state LABEL STATE: what became of a disc. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gp-index/db/index.h"
#include "gp-index/modes/modes.h"
#include "gp-index/open/open.h"
#include "lib/mem.h"
#include "lib/program/msg.h"

/* In the order of a disc's life; any but the last may be followed by
 * "failed". */
static const char *const life[] = { "built", "burned", "verified", "archived" };

#define STEPS (COUNT(life))

static bool
is_state(const char *state)
{
	size_t i;

	for (i = 0; i < STEPS; i++) {
		if (strcmp(life[i], state) == 0)
			return true;
	}
	return strcmp(state, "failed") == 0;
}

/* Whether a disc may go from the state WAS to STATE. */
static bool
may_follow(const char *was, const char *state)
{
	size_t i;

	for (i = 0; i + 1 < STEPS; i++) {
		if (strcmp(life[i], was) == 0)
			return strcmp(state, life[i + 1]) == 0 ||
			    strcmp(state, "failed") == 0;
	}
	return false;
}

/* What may come instead. */
static void
say_refusal(const char *label, const char *was, const char *state)
{
	size_t i;

	for (i = 0; i + 1 < STEPS; i++) {
		if (strcmp(life[i], was) != 0)
			continue;
		msg(label, "is %s: it can't become %s now, only %s or failed",
		    was, state, life[i + 1]);
		return;
	}
	msg(label, "is %s, which is for good: it can't become %s", was, state);
}

/* The disc's state (the caller frees), or NULL with the reason said. */
static char *
state_of(struct index *ix, const char *label)
{
	char *state = NULL;
	sqlite3_stmt *s;
	int step;

	s = index_prepare(ix, "SELECT state FROM disc WHERE label = ?");
	index_bind_text(s, 1, label);
	step = index_step(ix, s);
	if (step > 0)
		state = mem_strdup(index_text(s, 0));
	else if (step == 0)
		msg(label, "the index has no disc of that label");
	sqlite3_finalize(s);
	return state;
}

static int
run_with(struct index *ix, const char *sql, const char *label,
    const char *state)
{
	sqlite3_stmt *s = index_prepare(ix, sql);
	int result;

	index_bind_text(s, 1, label);
	if (state != NULL) {
		index_bind_text(s, 2, state);
		index_bind_int(s, 3, time(NULL));
	}
	result = index_run(ix, s);
	sqlite3_finalize(s);
	return result;
}

/* Within a write transaction. What was read from a disc that failed since
 * proves nothing any more. */
static int
set_state(struct index *ix, const char *label, const char *state)
{
	if (run_with(ix,
		"UPDATE disc SET state = ?2, changed = ?3 "
		"WHERE label = ?1",
		label, state) < 0 ||
	    index_event(ix, "disc", NULL, label, state) < 0)
		return -1;
	if (strcmp(state, "failed") != 0)
		return 0;
	return run_with(ix, "DELETE FROM copy WHERE copy = ?1", label, NULL);
}

/* Within a write transaction. */
static int
move_on(struct index *ix, const char *label, const char *state)
{
	char *was = state_of(ix, label);
	int result = -1;

	if (was == NULL)
		return -1;
	if (may_follow(was, state))
		result = set_state(ix, label, state);
	else
		say_refusal(label, was, state);
	free(was);
	return result;
}

enum status
mode_disc_state(const struct index_options *opt)
{
	struct index ix;
	bool failed;

	if (!is_state(opt->state))
		cli_usage(&opt->cli,
		    "%s is no state of a disc: built, burned, "
		    "verified, archived or failed",
		    opt->state);
	if (index_open(&ix, opt->cli.archive, INDEX_READ) < 0)
		return STATUS_STOPPED;
	failed = index_begin_write(&ix) < 0;
	if (!failed) {
		failed = move_on(&ix, opt->label, opt->state) < 0;
		if (failed)
			index_rollback(&ix);
		else
			failed = index_commit(&ix) < 0;
	}
	index_close(&ix);
	return failed ? STATUS_STOPPED : STATUS_DONE;
}
