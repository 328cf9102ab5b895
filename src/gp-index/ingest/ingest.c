#include "gp-index/ingest/ingest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gp-index/checksums/checksums-write.h"
#include "gp-index/checksums/owed.h"
#include "gp-index/checksums/unlisted.h"
#include "gp-index/db/lock.h"
#include "gp-index/ingest/adopted.h"
#include "gp-index/ingest/announce.h"
#include "gp-index/ingest/recover.h"
#include "gp-index/ingest/store-files.h"
#include "gp-index/ingest/stored-bytes.h"
#include "gp-index/open/open.h"
#include "lib/archive/staged-record.h"
#include "lib/archive/staging-lock.h"
#include "lib/files/file.h"
#include "lib/files/path.h"
#include "lib/mem.h"
#include "lib/program/msg.h"
#include "lib/record/origin.h"

/* from how many files on the whole file system is synced instead of each */
#define SYNCFS_MIN 16
/* what an answer adds to a record: two names, escaped, and some words */
#define ANSWER_MAX ((size_t)8 * 1024)

static void
prepare(struct ingest *s)
{
	s->find = index_prepare(&s->ix,
	    "SELECT path, 1 FROM file WHERE sha256 = ?1 UNION ALL "
	    "SELECT path, 0 FROM arriving WHERE sha256 = ?1");
	s->find_name = index_prepare(&s->ix,
	    "SELECT 1 FROM file WHERE folded = ?1 UNION ALL "
	    "SELECT 1 FROM arriving WHERE folded = ?1");
	s->announce = index_prepare(&s->ix,
	    "INSERT INTO arriving (sha256, size, path, folded, mime, taken, "
	    "original, record) VALUES (?,?,?,?,?,?,?,?)");
	s->rename = index_prepare(&s->ix,
	    "UPDATE arriving SET path = ?, folded = ? WHERE sha256 = ?");
	s->finish = index_prepare(&s->ix,
	    "INSERT INTO file (sha256, size, path, folded, mime, taken, "
	    "stored, original) SELECT sha256, size, path, folded, mime, taken, "
	    "?, original FROM arriving");
	s->finished = index_prepare(&s->ix, "DELETE FROM arriving");
	s->of_key = index_prepare(&s->ix,
	    "SELECT DISTINCT f.sha256, f.path FROM item "
	    "JOIN file f ON f.sha256 = item.file WHERE item.key = ?");
}

/* Which quarter it is here, now. */
static void
set_quarter(struct ingest *s)
{
	struct tm local;

	if (localtime_r(&s->began, &local) == NULL)
		msg_die("this machine's clock is beyond all years");
	snprintf(s->quarter, sizeof(s->quarter), "%04d-Q%d",
	    local.tm_year + 1900, local.tm_mon / 3 + 1);
}

/* Opens the folder, with a share in its lock. 0, or -1 with the reason said. */
static int
open_staging(struct ingest *s)
{
	s->sharing = -1;
	s->staging = repo_folder(&s->ix.archive, "staging");
	if (s->staging < 0)
		return -1;
	s->sharing = staging_lock_share(s->staging);
	if (s->sharing < 0)
		msg(s->ix.archive.path, "cannot lock .gp/staging: %s",
		    file_lock_reason(errno));
	return s->sharing < 0 ? -1 : 0;
}

static void
close_staging(struct ingest *s)
{
	if (s->sharing >= 0)
		close(s->sharing);
	if (s->staging >= 0)
		close(s->staging);
}

/* Prepares what an open index needs, in the fields that are still 0; 0, or -1
 * with the reason said and all closed. */
static int
begin(struct ingest *s)
{
	int owes, unlisted, result;
	int lock = open_staging(s) < 0 ? -1 : lock_take(&s->ix.archive);

	if (lock < 0) {
		close_staging(s);
		index_close(&s->ix);
		return -1;
	}
	s->digest = digest_new();
	item_statements_init(&s->st, &s->ix);
	prepare(s);
	result = recover(&s->st, s->digest);
	close(lock);
	owes = owed_load(&s->ix);
	s->owes = owes > 0;
	unlisted = unlisted_any(&s->ix);
	s->unlisted = unlisted > 0;
	if (owes < 0 || unlisted < 0 ||
	    part_failures_load(&s->parts, &s->ix) < 0)
		result = -1;
	if (result < 0)
		ingest_release(s);
	return result;
}

int
ingest_init(struct ingest *s, const char *archive, const char *folder)
{
	memset(s, 0, sizeof(*s));
	s->folder = folder;
	s->began = time(NULL);
	set_quarter(s);
	if (index_open(&s->ix, archive, INDEX_WRITE) < 0) {
		s->stopped = s->ix.failed;
		return -1;
	}
	s->stopped = begin(s) < 0;
	return s->stopped ? -1 : 0;
}

int
ingest_finish(struct ingest *s)
{
	int lock, result;

	lock = lock_take(&s->ix.archive);
	if (lock < 0)
		return -1;
	result = checksums_write(&s->ix);
	close(lock);
	return result;
}

void
ingest_release(struct ingest *s)
{
	sqlite3_finalize(s->find);
	sqlite3_finalize(s->find_name);
	sqlite3_finalize(s->announce);
	sqlite3_finalize(s->rename);
	sqlite3_finalize(s->finish);
	sqlite3_finalize(s->finished);
	sqlite3_finalize(s->of_key);
	part_failures_release(&s->parts);
	item_statements_release(&s->st);
	digest_free(s->digest);
	close_staging(s);
	index_close(&s->ix);
}

/* Nothing more can be stored; the reason was said by who found it. */
static void
stop(struct ingest *s, struct arrival *a)
{
	s->stopped = true;
	a->state = ARRIVAL_FAILED;
	record_mark(&a->rec, "stopped", "the archive could not be written");
}

/* --- before any lock is taken --------------------------------------------- */

void
ingest_open(struct ingest *s, struct arrival *a)
{
	a->path = NULL;
	a->staged.fd = -1;
	a->staged.name[0] = '\0';
	a->staged.place = INCOMING_GONE;
	a->beside = BESIDE_OWN;
	a->state = record_failed(&a->rec) ? ARRIVAL_FAILED : ARRIVAL_READ;
	if (a->state == ARRIVAL_READ && s->stopped)
		stop(s, a);
	if (a->state == ARRIVAL_READ &&
	    incoming_open(&a->staged, &s->ix.archive, s->staging, &a->rec,
		&s->stopped) < 0)
		a->state = ARRIVAL_FAILED;
	if (a->staged.fd >= 0)
		s->opened++;
}

static void
prove_one(struct ingest *s, struct arrival *a, bool synced)
{
	if (a->state != ARRIVAL_READ)
		return;
	if (a->staged.fd >= 0 &&
	    incoming_prove(&a->staged, &a->rec, s->digest, synced,
		&s->stopped) < 0)
		a->state = ARRIVAL_FAILED;
	else if (item_read(&a->item, &a->rec, s->digest) < 0)
		arrival_fail(a, "missing-field", "no usable id");
	else if (a->rec.line.len > RECORD_MAX - ANSWER_MAX)
		arrival_fail(a, "too-long",
		    "it has no room for where its file would be stored");
	else
		a->state = ARRIVAL_PROVED;
}

/* Makes all staged files durable and proves them. Many are synced with the
 * whole file system at once: reading them back from the disk shows what went
 * wrong on the way, which syncfs(2) tells only since Linux 5.8. */
static void
prove_all(struct ingest *s, struct arrival *a, size_t n)
{
	bool synced = s->opened >= SYNCFS_MIN && syncfs(s->staging) == 0;
	size_t i;

	s->opened = 0;
	for (i = 0; i < n; i++)
		prove_one(s, &a[i], synced);
}

/* --- the second transaction ----------------------------------------------- */

/* A twin's path, which may have changed when a stranger had it; no row where
 * the record that brings its bytes failed. 0 or -1. */
static int
refresh_path(struct ingest *s, struct arrival *a)
{
	int found;

	index_bind_digest(s->find, 1, a->staged.sha256);
	found = index_step(&s->ix, s->find);
	if (found == 0)
		arrival_fail(a, "twin",
		    "the same bytes came with another record, which failed");
	if (found <= 0)
		return found;
	free(a->path);
	a->path = mem_strdup(index_text(s->find, 0));
	sqlite3_reset(s->find);
	return 0;
}

/* Marks the folder of what is new, if the last one was not the same: that is
 * in *MARKED. */
static int
mark_folder(struct ingest *s, const struct arrival *a, char **marked)
{
	char *folder = path_first(a->path);
	int result = 0;

	if (*marked == NULL || strcmp(folder, *marked) != 0)
		result = checksums_mark_changed(&s->ix, folder);
	free(*marked);
	*marked = folder;
	return result;
}

/* The record of another origin, if it is proved, is told as well. */
static int
store_beside(struct ingest *s, struct arrival *a)
{
	struct staged_proof proof;
	struct record rec;
	struct item item;
	int result = 0;

	if (a->beside != BESIDE_PROVED)
		return 0;
	record_init(&rec);
	if (staged_record_read(s->staging, a->staged.name, &rec, &proof) == 0 &&
	    item_read(&item, &rec, s->digest) == 0)
		result = item_store(&s->st, &item, &rec, a->staged.sha256);
	else
		a->beside = BESIDE_OTHER;
	record_release(&rec);
	return result;
}

static int
confirm_one(struct ingest *s, struct arrival *a, char **marked)
{
	if (a->state == ARRIVAL_NAMED && a->bytes == ARRIVAL_TWIN &&
	    refresh_path(s, a) < 0)
		return -1;
	if (a->state == ARRIVAL_FAILED) {
		part_failures_note_failed(&s->parts, &a->rec);
		return item_note_failure(&s->st, &a->rec);
	}
	if (arrival_is_new(a) && mark_folder(s, a, marked) < 0)
		return -1;
	a->state = ARRIVAL_STORED;
	part_failures_note_stored(&s->parts, &a->rec);
	if (store_beside(s, a) < 0)
		return -1;
	return item_store(&s->st, &a->item, &a->rec, a->staged.sha256);
}

/* All rows that arrive are of this batch: others were recovered before it. */
static int
finish_arriving(struct ingest *s)
{
	index_bind_int(s->finish, 1, time(NULL));
	if (index_run(&s->ix, s->finish) < 0)
		return -1;
	return index_run(&s->ix, s->finished);
}

/* What is stored is stored. */
static int
confirm(struct ingest *s, struct arrival *a, size_t n)
{
	char *marked = NULL;
	size_t i;
	int result;

	if (index_begin_write(&s->ix) < 0)
		return -1;
	result = s->owes ? checksums_mark_arriving(&s->ix) : 0;
	if (result == 0)
		result = finish_arriving(s);
	for (i = 0; i < n && result == 0; i++)
		result = confirm_one(s, &a[i], &marked);
	free(marked);
	if (result == 0)
		result = part_failures_end(&s->parts, &s->ix);
	if (result == 0)
		return index_commit(&s->ix);
	index_rollback(&s->ix);
	return -1;
}

/* --- afterwards ----------------------------------------------------------- */

/* Whether it is gone now. */
static bool
remove_staged(struct ingest *s, struct arrival *a)
{
	if (unlinkat(s->staging, a->staged.name, 0) == 0 || errno == ENOENT)
		return true;
	msg(record_display_name(&a->rec), "its spent staged file stays: %s",
	    strerror(errno));
	return false;
}

/* Keeps what store_beside() told the index in the run's records, where no stage
 * writes it. Whether the record beside A's staged file may go then. */
static bool
keep_beside(struct ingest *s, const struct arrival *a)
{
	struct staged_proof proof;
	struct record rec;
	bool kept = true;

	if (a->beside != BESIDE_PROVED)
		return a->beside == BESIDE_OWN;
	record_init(&rec);
	if (staged_record_read(s->staging, a->staged.name, &rec, &proof) == 0)
		kept = adopted_keep_at(&s->ix.archive, &rec, a->staged.sha256,
			   a->path) == 0;
	record_release(&rec);
	return kept;
}

/* What is stored needs neither staged file nor record any more, and a copy
 * nobody. A crash before this leaves them, for the sweep; a file that can't be
 * removed keeps its record, and the next run tries again. */
static void
remove_spent(struct ingest *s, struct arrival *a)
{
	bool stored = a->state == ARRIVAL_STORED, gone = true;

	if (a->staged.place == INCOMING_COPIED ||
	    (stored && a->staged.place == INCOMING_STAGED))
		gone = remove_staged(s, a);
	if (stored && gone && a->staged.place != INCOMING_COPIED &&
	    *a->staged.name != '\0' && keep_beside(s, a) &&
	    staged_record_remove(s->staging, a->staged.name) < 0)
		msg(record_display_name(&a->rec),
		    "its spent staged record stays: %s", strerror(errno));
}

/* All steps with the archive's lock held; -1 with the reason said. */
static int
ingest_locked(struct ingest *s, struct arrival *a, size_t n)
{
	int result;
	int lock = lock_take(&s->ix.archive);

	if (lock < 0)
		return -1;
	result = recover(&s->st, s->digest) < 0 || announce(s, a, n) < 0 ||
		store_files(s, a, n) < 0 || confirm(s, a, n) < 0
	    ? -1
	    : 0;
	close(lock);
	return result;
}

bool
ingest_batch(struct ingest *s, struct arrival *a, size_t n)
{
	/* one that stopped it while it was opened still tries */
	if (s->stopped && s->opened == 0)
		return false;
	prove_all(s, a, n);
	return ingest_locked(s, a, n) == 0;
}

void
ingest_answer(struct ingest *s, struct arrival *a, bool going)
{
	char hex[DIGEST_HEX];

	if (!going)
		stop(s, a);
	if (a->state != ARRIVAL_STORED)
		return;
	if (a->staged.place == INCOMING_UNHASHED) {
		digest_hex(a->staged.sha256, hex);
		record_set_text(&a->rec, "sha256", hex);
	}
	record_set_text(&a->rec, "path", a->path);
	record_set_text(&a->rec, "status",
	    arrival_is_new(a) ? "stored" : "duplicate");
}

void
ingest_end(struct ingest *s, struct arrival *a, bool going)
{
	if (going)
		remove_spent(s, a);
	free(a->path);
	a->path = NULL;
	record_trim(&a->rec);
}
