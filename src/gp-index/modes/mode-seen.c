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
#include "lib/program/msg.h"
#include "lib/record/record-reader.h"

struct proofs {
	struct index ix;
	const char *copy;
	sqlite3_stmt *find, *prove, *end_failures, *withdraw;
	struct counts counts;
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
note_batch(struct proofs *s, struct record *rec, size_t n)
{
	struct counts before = s->counts;
	size_t i;

	if (index_begin_write(&s->ix) < 0)
		return -1;
	for (i = 0; i < n; i++) {
		if (note(s, &rec[i]) < 0) {
			index_rollback(&s->ix);
			s->counts = before;
			return -1;
		}
	}
	if (index_commit(&s->ix) == 0)
		return 0;
	s->counts = before;
	return -1;
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
see_all(struct proofs *s)
{
	struct record_reader in;
	struct record *rec = batch_new();
	size_t i, n;

	record_reader_init(&in, STDIN_FILENO);
	for (n = batch_read(&in, rec); n > 0; n = batch_read(&in, rec)) {
		counts_add(&s->counts, "seen", (int64_t)n);
		if (!s->stopped && note_batch(s, rec, n) < 0)
			s->stopped = true;
		for (i = 0; i < n; i++)
			finish(s, &rec[i]);
	}
	record_reader_release(&in);
	batch_free(rec);
}

static void
prepare(struct proofs *s)
{
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
}

enum status
mode_seen(const struct index_options *opt)
{
	struct proofs s = { .copy = opt->copy, .status = STATUS_DONE };

	if (*s.copy == '\0')
		cli_usage(&opt->cli, "--seen needs the name of a copy");
	if (index_open(&s.ix, opt->cli.archive, INDEX_READ) < 0)
		return s.ix.failed ? drain_input(opt, "gp-index --seen", "seen",
					 "index", "the index could not be read")
				   : STATUS_STOPPED;
	prepare(&s);
	see_all(&s);
	if (counts_get(&s.counts, "seen") == 0) {
		msg(s.copy,
		    "nothing was checked: an empty list proves "
		    "nothing");
		status_raise(&s.status, STATUS_STOPPED);
	}
	/* of a run that stopped, too */
	if (repo_count(&s.ix.archive, "gp-index --seen", &s.counts) < 0 ||
	    s.stopped)
		status_raise(&s.status, STATUS_STOPPED);
	sqlite3_finalize(s.find);
	sqlite3_finalize(s.prove);
	sqlite3_finalize(s.end_failures);
	sqlite3_finalize(s.withdraw);
	index_close(&s.ix);
	return s.status;
}
