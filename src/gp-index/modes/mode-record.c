/*
 * --record: the one place where a staged file becomes part of the archive. A
 * batch is what the reader holds already, so that a slow line is stored file
 * by file and a fast one pays for the disk once a batch.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gp-index/ingest/adopted.h"
#include "gp-index/ingest/ingest.h"
#include "gp-index/ingest/layout.h"
#include "gp-index/ingest/sweep.h"
#include "gp-index/items/keyset.h"
#include "gp-index/modes/batch.h"
#include "gp-index/modes/drain.h"
#include "gp-index/modes/modes.h"
#include "lib/archive/index-fault.h"
#include "lib/archive/run-folder.h"
#include "lib/archive/staging-lock.h"
#include "lib/files/file.h"
#include "lib/mem.h"
#include "lib/program/msg.h"
#include "lib/program/open-files.h"
#include "lib/program/out.h"
#include "lib/record/record-drain.h"
#include "lib/record/record-reader.h"

#define STAGE_RECORD "gp-index --record"
#define NOT_WRITTEN "the archive could not be written"

struct recording {
	const struct index_options *opt;
	bool ready; /* the index is open, and all that follows is set up */
	struct ingest in;
	struct record_reader input;
	struct arrival *batch;
	size_t read, told; /* of the batch in hand */
	bool going; /* more can be stored */
	struct keyset
	    unstored; /* what came and was not stored: left as it is */
	struct keyset adopted; /* stored before its own record came */
	struct keyset came; /* of these, whose record did come */
	struct counts counts;
	enum status status;
};

/* Fills the batch without waiting for more than its first record; its size, 0
 * at the end of input. */
static size_t
read_batch(struct recording *r)
{
	struct arrival *a = r->batch;
	size_t n = 0, bytes = 0;

	while (n < INGEST_BATCH && bytes < BATCH_BYTES &&
	    (n == 0 || record_ready(&r->input)) &&
	    record_read(&r->input, &a[n].rec)) {
		ingest_open(&r->in, &a[n]);
		bytes += a[n].rec.line.len;
		n++;
	}
	return n;
}

/* What failed lies where it is for the next run, not for this one's sweep. */
static void
count_failed(struct recording *r, struct arrival *a)
{
	struct item item;

	counts_add(&r->counts, "failed", 1);
	status_raise(&r->status, STATUS_SOME);
	if (item_read(&item, &a->rec, r->in.digest) == 0)
		keyset_add(&r->unstored, &item);
}

/* Notes A where it is the record of what was adopted at the start, and returns
 * whether it did: it is told already, and was no dead run's after all. */
static bool
note_adopted(struct recording *r, struct arrival *a)
{
	struct item item;

	return !arrival_is_new(a) &&
	    item_read(&item, &a->rec, r->in.digest) == 0 &&
	    keyset_has(&r->adopted, &item) && keyset_add(&r->came, &item);
}

/* Counts the next of the batch, which came, stored or failed: its record, or
 * NULL where it is told already. */
static const struct record *
count_next(struct recording *r)
{
	struct arrival *a = &r->batch[r->told++];

	ingest_answer(&r->in, a, r->going);
	if (a->state == ARRIVAL_FAILED) {
		count_failed(r, a);
	} else if (note_adopted(r, a)) {
		counts_add(&r->counts, "adopted", -1);
		counts_add(&r->counts, "stored", 1);
		return NULL;
	} else if (arrival_is_new(a)) {
		counts_add(&r->counts, "stored", 1);
	} else {
		counts_add(&r->counts, "duplicate", 1);
	}
	return &a->rec;
}

/* Stores and writes what is left of the batch in hand. */
static void
store_batch(struct recording *r)
{
	struct arrival *a = r->batch + r->told;
	size_t n = r->read - r->told, i;
	const struct record *rec;

	r->going = ingest_batch(&r->in, a, n);
	while (r->told < r->read) {
		rec = count_next(r);
		if (rec != NULL)
			record_write(rec);
	}
	if (n > 0)
		out_flush();
	for (i = 0; i < n; i++)
		ingest_end(&r->in, &a[i], r->going);
}

/* Reads, stores and writes all records. */
static void
store_all(struct recording *r)
{
	do {
		store_batch(r);
		r->read = read_batch(r);
		r->told = 0;
	} while (r->read > 0);
}

/* --- what dead runs left -------------------------------------------------- */

/* Counts and writes A, stored or failed. */
static void
tell_adopted(struct recording *r, struct arrival *a, bool going)
{
	struct item item;

	ingest_answer(&r->in, a, going);
	if (a->state == ARRIVAL_FAILED) {
		status_raise(&r->status, STATUS_SOME);
	} else {
		counts_add(&r->counts, "adopted", 1);
		if (item_read(&item, &a->rec, r->in.digest) == 0)
			keyset_add(&r->adopted, &item);
		if (adopted_keep(&r->in.ix.archive, &a->rec) < 0)
			status_raise(&r->status, STATUS_STOPPED);
	}
	record_write(&a->rec);
}

/* They are no part of what was listed, and counted by themselves; the folder
 * that was asked for is for what comes in. */
static void
store_adopted(void *arg, struct arrival *a, size_t n)
{
	struct recording *r = arg;
	const char *folder = r->in.folder;
	bool going;
	size_t i;

	r->in.folder = NULL;
	going = ingest_batch(&r->in, a, n);
	r->in.folder = folder;
	for (i = 0; i < n; i++)
		tell_adopted(r, &a[i], going);
	out_flush();
	for (i = 0; i < n; i++)
		ingest_end(&r->in, &a[i], going);
}

/* Before the first record only if nobody else is at work; at the END in any
 * case. What can't be adopted is told at the end: it may come anew meanwhile.
 */
static void
adopt(struct recording *r, bool end)
{
	int alone = staging_lock_raise(r->in.sharing);
	enum status status = STATUS_DONE;

	if (alone < 0) {
		msg(r->in.ix.archive.path, "cannot lock .gp/staging: %s",
		    file_lock_reason(errno));
		status_raise(&r->status, STATUS_STOPPED);
	}
	if (alone > 0 || end)
		status = sweep(&r->in, &r->unstored, alone > 0, end,
		    store_adopted, r);
	if (alone > 0)
		staging_lock_lower(r->in.sharing);
	if (end || status == STATUS_STOPPED)
		status_raise(&r->status, status);
}

/* The row of this run, for the report, if it had anything to do; 0 or -1. */
static int
note_run(struct ingest *s, const struct counts *counts)
{
	const int64_t stored = counts_get(counts, "stored") +
	    counts_get(counts, "adopted");
	const int64_t duplicate = counts_get(counts, "duplicate");
	const int64_t failures = counts_get(counts, "failed");
	sqlite3_stmt *q;
	int result;

	if (stored == 0 && duplicate == 0 && failures == 0)
		return 0;

	q = index_prepare(&s->ix,
	    "INSERT INTO run VALUES (ifnull(?1, printf('record-%d-%08d', ?2, "
	    "(SELECT count(*) FROM run))),?2,?3,?4,?5,?6) ON CONFLICT (run) "
	    "DO UPDATE SET ended = ?3, stored = stored + ?4, "
	    "duplicate = duplicate + ?5, failed = failed + ?6");
	index_bind_text(q, 1, run_name());
	index_bind_int(q, 2, s->began);
	index_bind_int(q, 3, time(NULL));
	index_bind_int(q, 4, stored);
	index_bind_int(q, 5, duplicate);
	index_bind_int(q, 6, failures);
	result = index_run(&s->ix, q);
	sqlite3_finalize(q);
	return result;
}

/* --- the run -------------------------------------------------------------- */

/* Nobody takes the records any more: what is stored is counted all the same. */
static void
count_untold(void *arg)
{
	struct recording *r = arg;

	while (r->told < r->read)
		(void)count_next(r);
	/* where these fail they say so, and this run has failed anyhow */
	if (!r->in.stopped)
		(void)note_run(&r->in, &r->counts);
	(void)run_count(&r->in.ix.archive, STAGE_RECORD, &r->counts);
}

static int
recording_init(struct recording *r)
{
	const struct index_options *opt = r->opt;
	size_t i;

	if (opt->folder != NULL && !layout_is_folder_name(opt->folder)) {
		msg(opt->folder, "no name for a folder of the archive");
		return -1;
	}
	if (ingest_init(&r->in, opt->cli.archive, opt->folder) < 0)
		return -1;
	r->batch = mem_alloc(INGEST_BATCH * sizeof(*r->batch));
	for (i = 0; i < INGEST_BATCH; i++)
		record_init(&r->batch[i].rec);
	record_reader_init(&r->input, STDIN_FILENO);
	keyset_init(&r->unstored);
	keyset_init(&r->adopted);
	keyset_init(&r->came);
	r->ready = true;
	/* who takes no more answers ends no storing half-way */
	signal(SIGPIPE, SIG_IGN);
	run_count_watch(&r->in.ix.archive, STAGE_RECORD, &r->counts);
	out_on_failure(count_untold, r);
	return 0;
}

static void
recording_release(struct recording *r)
{
	size_t i;

	record_reader_release(&r->input);
	for (i = 0; i < INGEST_BATCH; i++)
		record_release(&r->batch[i].rec);
	free(r->batch);
	keyset_release(&r->unstored);
	keyset_release(&r->adopted);
	keyset_release(&r->came);
	ingest_release(&r->in);
}

static void
run_whole(void *arg)
{
	struct recording *r = arg;
	int finished;

	if (recording_init(r) < 0)
		return;
	adopt(r, false);
	store_all(r);
	if (r->input.failed)
		status_raise(&r->status, STATUS_STOPPED);
	if (!r->in.stopped) {
		adopt(r, true);
		sweep_unpublished(&r->in.ix);
	}
	/* records leave before the counts claim that they did */
	out_flush();
	finished = r->in.stopped ? -1 : ingest_finish(&r->in);
	if (finished != 0)
		status_raise(&r->status,
		    finished < 0 ? STATUS_STOPPED : STATUS_SOME);
	/* of a run that stopped, too */
	out_on_failure(NULL, NULL);
	if (note_run(&r->in, &r->counts) < 0)
		status_raise(&r->status, STATUS_STOPPED);
}

/* The index can't be used any more, nor let go of: what comes is marked. */
_Noreturn static void
drain_faulted(struct recording *r)
{
	r->in.stopped = true;
	r->in.opened = 0;
	if (r->ready)
		store_all(r);
	else
		record_drain(&r->counts, NULL, "stopped", NOT_WRITTEN);
	drain_exit(r->opt, STAGE_RECORD, &r->counts);
}

enum status
mode_record(const struct index_options *opt)
{
	struct recording r = { .opt = opt };

	/* each staged file of a batch is open for a while */
	open_files_raise();
	if (!index_fault_guard(run_whole, &r))
		drain_faulted(&r);
	if (!r.ready)
		return r.in.stopped ? drain_input(opt, STAGE_RECORD, NULL,
					  "stopped", NOT_WRITTEN)
				    : STATUS_STOPPED;
	if (run_count(&r.in.ix.archive, STAGE_RECORD, &r.counts) < 0)
		status_raise(&r.status, STATUS_STOPPED);
	recording_release(&r);
	return r.status;
}
