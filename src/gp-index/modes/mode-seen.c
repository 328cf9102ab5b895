/*
 * --seen COPY: what was checked there, record by record. `ok` is a proof,
 * anything else withdraws the one that was there. A batch is what the reader
 * holds already; no transaction is open while records are read or written.
 */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gp-index/db/index.h"
#include "gp-index/modes/batch.h"
#include "gp-index/modes/drain.h"
#include "gp-index/modes/modes.h"
#include "gp-index/open/open.h"
#include "lib/archive/index-fault.h"
#include "lib/archive/run-folder.h"
#include "lib/program/msg.h"
#include "lib/program/out.h"
#include "lib/record/record-drain.h"
#include "lib/record/record-reader.h"

#define STAGE_SEEN "gp-index --seen"

struct proofs {
	const struct index_options *opt;
	const char *copy;
	bool ready; /* the index is open, and all that follows is set up */
	struct index ix;
	struct record_reader in;
	struct record *batch;
	size_t read; /* of the batch in hand */
	sqlite3_stmt *find, *prove, *end_failures, *withdraw;
	struct counts counts, before; /* now; and without the batch in hand */
	bool stopped; /* the index failed: all else is marked and passed */
	enum status status;
};

/* What failed because the archive's own copy was bad is settled once that is
 * good again: its item is stored, so no run fetches it anew. */
static int
end_failures(struct proofs *s, const uint8_t *sha256)
{
	if (strcmp(s->copy, "nas") != 0)
		return 0;
	index_bind_digest(s->end_failures, 1, sha256);
	return index_run(&s->ix, s->end_failures);
}

/* A proof; where the copy was just healed, that is kept as well. */
static int
prove(struct proofs *s, struct record *rec, const uint8_t *sha256)
{
	const char *healed = record_text(rec, "healed");

	if (healed != NULL &&
	    index_event(&s->ix, "healed", sha256, s->copy, healed) < 0)
		return -1;
	index_bind_digest(s->prove, 1, sha256);
	index_bind_text(s->prove, 2, s->copy);
	index_bind_int(s->prove, 3, time(NULL));
	if (index_run(&s->ix, s->prove) < 0)
		return -1;
	counts_add(&s->counts, "proved", 1);
	return end_failures(s, sha256);
}

static int
withdraw(struct proofs *s, struct record *rec, const uint8_t *sha256,
    const char *check)
{
	index_bind_digest(s->withdraw, 1, sha256);
	index_bind_text(s->withdraw, 2, s->copy);
	if (index_run(&s->ix, s->withdraw) < 0)
		return -1;
	counts_add(&s->counts, "withdrawn", 1);
	status_raise(&s->status, STATUS_SOME);
	if (sqlite3_changes(s->ix.db) == 0) {
		msg(record_display_name(rec), "%s in %s", check, s->copy);
		return 0;
	}
	msg(record_display_name(rec), "%s in %s, where it was proved before",
	    check, s->copy);
	return index_event(&s->ix, "proof-lost", sha256, s->copy, check);
}

/* Keeps what REC tells. A record that failed proves nothing, but what it says
 * against a copy counts. 0, or -1 when the index failed. */
static int
note(struct proofs *s, struct record *rec)
{
	const char *checksum = record_text(rec, "sha256");
	const char *check = record_text(rec, "check");
	uint8_t sha256[DIGEST_SIZE];
	int stored;

	/* the reader itself has said what is no record */
	if (record_failed(rec) && record_text(rec, "id") != NULL &&
	    (check == NULL || strcmp(check, "ok") == 0))
		msg(record_display_name(rec),
		    "failed before, so it proves nothing");
	if (checksum == NULL || check == NULL ||
	    digest_parse(checksum, sha256) < 0) {
		record_fail(rec, "missing-field",
		    "no checked record: it needs "
		    "sha256 and check, as gp-hash --check writes them");
		return 0;
	}
	stored = index_has(&s->ix, s->find, sha256);
	if (stored < 0)
		return -1;
	if (stored == 0) {
		record_fail(rec, "not-found", "the index has no such file");
		return 0;
	}
	if (strcmp(check, "ok") != 0)
		return withdraw(s, rec, sha256, check);
	return record_failed(rec) ? 0 : prove(s, rec, sha256);
}

static int
note_batch(struct proofs *s)
{
	size_t i;

	if (index_begin_write(&s->ix) < 0)
		return -1;
	for (i = 0; i < s->read; i++) {
		if (note(s, &s->batch[i]) < 0) {
			index_rollback(&s->ix);
			return -1;
		}
	}
	return index_commit(&s->ix);
}

/* It counts for nothing that was proved or withdrawn in the batch in hand. */
static void
stop(struct proofs *s)
{
	s->stopped = true;
	s->counts = s->before;
}

static void
finish(struct proofs *s, struct record *rec)
{
	if (s->stopped)
		record_mark(rec, "index", "the index could not be written");
	if (record_failed(rec)) {
		counts_add(&s->counts, "failed", 1);
		status_raise(&s->status, STATUS_SOME);
	}
	record_write(rec);
}

static void
finish_batch(struct proofs *s)
{
	size_t i;

	for (i = 0; i < s->read; i++)
		finish(s, &s->batch[i]);
}

/* Goes on with the batch in hand, if there is one. */
static void
see_all(struct proofs *s)
{
	do {
		finish_batch(s);
		s->read = batch_read(&s->in, s->batch);
		counts_add(&s->counts, "seen", (int64_t)s->read);
		s->before = s->counts;
		if (s->read > 0 && !s->stopped && note_batch(s) < 0)
			stop(s);
	} while (s->read > 0);
}

static int
proofs_init(struct proofs *s)
{
	if (index_open(&s->ix, s->opt->cli.archive, INDEX_READ) < 0)
		return -1;
	s->find = index_prepare(&s->ix, "SELECT 1 FROM file WHERE sha256 = ?");
	s->prove = index_prepare(&s->ix,
	    "INSERT INTO copy (file, copy, proved) VALUES (?, ?, ?) "
	    "ON CONFLICT (copy, file) DO UPDATE SET proved = excluded.proved");
	s->end_failures = index_prepare(&s->ix,
	    "DELETE FROM failure WHERE stage = 'gp-index' "
	    "AND code IN ('gone', 'not-found') AND EXISTS (SELECT 1 FROM item "
	    "WHERE item.file = ?1 AND item.source = failure.source "
	    "AND item.account = failure.account AND item.id = failure.id)");
	s->withdraw = index_prepare(&s->ix,
	    "DELETE FROM copy WHERE file = ? AND copy = ?");
	s->batch = batch_new();
	record_reader_init(&s->in, STDIN_FILENO);
	s->ready = true;
	run_count_watch(&s->ix.archive, STAGE_SEEN, &s->counts);
	return 0;
}

static void
proofs_release(struct proofs *s)
{
	record_reader_release(&s->in);
	batch_free(s->batch);
	sqlite3_finalize(s->find);
	sqlite3_finalize(s->prove);
	sqlite3_finalize(s->end_failures);
	sqlite3_finalize(s->withdraw);
	index_close(&s->ix);
}

static void
run_whole(void *arg)
{
	struct proofs *s = arg;

	if (proofs_init(s) == 0)
		see_all(s);
	out_flush();
}

/* The index can't be used any more, nor let go of: what comes is marked. */
_Noreturn static void
drain_faulted(struct proofs *s)
{
	if (s->ready) {
		stop(s);
		see_all(s);
	} else {
		record_drain(&s->counts, "seen", "index", INDEX_UNREADABLE);
	}
	drain_exit(s->opt, STAGE_SEEN, &s->counts);
}

enum status
mode_seen(const struct index_options *opt)
{
	struct proofs s = { .opt = opt,
		.copy = opt->copy,
		.status = STATUS_DONE };

	if (*s.copy == '\0')
		cli_usage(&opt->cli, "--seen needs the name of a copy");
	if (!index_fault_guard(run_whole, &s))
		drain_faulted(&s);
	if (!s.ready)
		return s.ix.failed ? drain_input(opt, STAGE_SEEN, "seen",
					 "index", INDEX_UNREADABLE)
				   : STATUS_STOPPED;
	if (counts_get(&s.counts, "seen") == 0 && !s.in.failed) {
		msg(s.copy,
		    "nothing was checked: an empty list proves "
		    "nothing");
		status_raise(&s.status, STATUS_STOPPED);
	}
	/* of a run that stopped, too */
	if (run_count(&s.ix.archive, STAGE_SEEN, &s.counts) < 0 || s.stopped ||
	    s.in.failed)
		status_raise(&s.status, STATUS_STOPPED);
	proofs_release(&s);
	return s.status;
}
