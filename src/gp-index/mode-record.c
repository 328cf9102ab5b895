/*
 * --record: the one place where a staged file becomes part of the archive. A
 * batch is what the reader holds already, so that a slow line is stored file
 * by file and a fast one pays for the disk once a batch.
 */
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "gp-index/ingest.h"
#include "gp-index/layout.h"
#include "gp-index/modes.h"
#include "gp-index/sweep.h"
#include "lib/mem.h"
#include "lib/out.h"

/* bytes of records in a batch, so that a thousand long ones don't add up */
#define BATCH_BYTES ((size_t)4 * 1024 * 1024)

/* Fills the batch without waiting for more than its first record; 0 at the
 * end of input. */
static size_t
read_batch(struct record_reader *in, struct arrival *a)
{
	size_t n = 0, bytes = 0;

	while (n < INGEST_BATCH && bytes < BATCH_BYTES &&
	    (n == 0 || record_ready(in)) && record_read(in, &a[n].rec)) {
		bytes += a[n].rec.line.len;
		n++;
	}
	return n;
}

static void
count(struct counts *counts, const struct arrival *a, enum status *status)
{
	if (record_failed(&a->rec)) {
		counts_add(counts, "failed", 1);
		status_raise(status, STATUS_SOME);
	} else if (a->outcome == ARRIVED_NEW) {
		counts_add(counts, "stored", 1);
	} else {
		counts_add(counts, "duplicate", 1);
	}
}

/* Reads, stores and writes all records. */
static void
store_all(struct ingest *s, struct counts *counts, enum status *status)
{
	struct record_reader in;
	struct arrival *a;
	size_t i, n;

	a = mem_alloc(INGEST_BATCH * sizeof(*a));
	for (i = 0; i < INGEST_BATCH; i++)
		record_init(&a[i].rec);
	record_reader_init(&in, STDIN_FILENO);
	for (n = read_batch(&in, a); n > 0; n = read_batch(&in, a)) {
		ingest_batch(s, a, n);
		for (i = 0; i < n; i++) {
			count(counts, &a[i], status);
			record_write(&a[i].rec);
		}
	}
	record_reader_release(&in);
	for (i = 0; i < INGEST_BATCH; i++)
		record_release(&a[i].rec);
	free(a);
}

/* The row of this run, for the report; 0 or -1. */
static int
note_run(struct ingest *s, const struct counts *counts)
{
	const char *name = getenv("GP_RUN");
	char *made;
	sqlite3_stmt *q;
	int result;

	made = mem_printf("record-%lld-%ld", (long long)s->began,
	    (long)getpid());
	q = index_prepare(&s->ix,
	    "INSERT INTO run VALUES (?1,?2,?3,?4,?5,?6) ON CONFLICT (run) "
	    "DO UPDATE SET ended = ?3, stored = stored + ?4, "
	    "duplicate = duplicate + ?5, failed = failed + ?6");
	index_bind_text(q, 1, name != NULL && *name != '\0' ? name : made);
	index_bind_int(q, 2, s->began);
	index_bind_int(q, 3, time(NULL));
	index_bind_int(q, 4, counts_get(counts, "stored"));
	index_bind_int(q, 5, counts_get(counts, "duplicate"));
	index_bind_int(q, 6, counts_get(counts, "failed"));
	result = index_run(&s->ix, q);
	sqlite3_finalize(q);
	free(made);
	return result;
}

enum status
mode_record(const struct index_options *opt)
{
	enum status status = STATUS_DONE;
	struct counts counts = { .n = 0 };
	struct ingest s;

	if (opt->folder != NULL && layout_check_folder(opt->folder) < 0)
		return STATUS_STOPPED;
	if (ingest_init(&s, opt->cli.archive, opt->folder) < 0)
		return STATUS_STOPPED;
	store_all(&s, &counts, &status);
	/* records leave before the counts claim that they did */
	out_flush();
	if (s.stopped || ingest_finish(&s) < 0 || note_run(&s, &counts) < 0 ||
	    repo_count(&s.ix.archive, "gp-index --record", &counts) < 0)
		status_raise(&status, STATUS_STOPPED);
	if (!s.stopped)
		sweep(&s.ix.archive, s.staging);
	ingest_release(&s);
	return status;
}
