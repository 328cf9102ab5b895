#include "gp-index/ingest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gp-index/checksums-write.h"
#include "gp-index/heal.h"
#include "gp-index/layout.h"
#include "gp-index/lock.h"
#include "gp-index/open.h"
#include "gp-index/owed.h"
#include "gp-index/recover.h"
#include "lib/file.h"
#include "lib/mem.h"
#include "lib/msg.h"
#include "lib/name.h"
#include "lib/num.h"
#include "lib/path.h"
#include "lib/staged-record.h"
#include "lib/staging-lock.h"

/* from how many files on the whole file system is synced instead of each */
#define SYNCFS_MIN 16

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
		    strerror(errno));
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

int
ingest_init(struct ingest *s, const char *archive, const char *folder)
{
	int lock, owes, result;

	memset(s, 0, sizeof(*s));
	s->folder = folder;
	s->began = time(NULL);
	set_quarter(s);
	if (index_open(&s->ix, archive, INDEX_WRITE) < 0)
		return -1;
	lock = open_staging(s) < 0 ? -1 : lock_take(&s->ix.archive);
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
	if (owes < 0)
		result = -1;
	if (result < 0)
		ingest_release(s);
	return result;
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
	a->outcome = ARRIVED_NONE;
	record_mark(&a->rec, "stopped", "the archive could not be written");
}

/* Opens all staged files; their bytes begin to leave for the disk. */
static size_t
open_all(struct ingest *s, struct arrival *a, size_t n)
{
	size_t i, opened = 0;

	for (i = 0; i < n; i++) {
		a[i].staged.fd = -1;
		if (record_failed(&a[i].rec))
			continue;
		if (s->stopped)
			stop(s, &a[i]);
		else
			incoming_open(&a[i].staged, &s->ix.archive, s->staging,
			    &a[i].rec, &s->stopped);
		if (a[i].staged.fd >= 0)
			opened++;
	}
	return opened;
}

/* Makes all staged files durable and proves them, before any lock is taken.
 * Many are synced with the whole file system at once: reading them back from
 * the disk shows what went wrong on the way, which syncfs(2) tells only since
 * Linux 5.8. */
static void
prove_all(struct ingest *s, struct arrival *a, size_t n)
{
	bool synced;
	size_t i;

	synced = open_all(s, a, n) >= SYNCFS_MIN && syncfs(s->staging) == 0;
	for (i = 0; i < n; i++) {
		if (a[i].staged.fd >= 0)
			incoming_prove(&a[i].staged, &a[i].rec, s->digest,
			    synced, &s->stopped);
		if (!record_failed(&a[i].rec) &&
		    item_read(&a[i].item, &a[i].rec, s->digest) < 0)
			record_fail(&a[i].rec, "missing-field", "no usable id");
	}
}

/* Whether a file of the archive has that name already; -1 on failure. */
static int
name_taken(struct ingest *s, const char *folded)
{
	int found;

	index_bind_text(s->find_name, 1, folded);
	found = index_step(&s->ix, s->find_name);
	if (found > 0)
		sqlite3_reset(s->find_name);
	return found;
}

/* A free name for A, at the TRY-th try or later, with its folded form (the
 * caller frees). 0, or -1 with the reason said. */
static int
find_place(struct ingest *s, struct arrival *a, unsigned *try, char **folded)
{
	char *folder;
	int taken = 1;

	folder = s->folder != NULL ? mem_strdup(s->folder)
				   : layout_folder(&a->rec, s->quarter);
	for (; *try < PLACE_TRIES; (*try)++) {
		free(a->path);
		a->path = layout_path(folder,
		    a->item.filename != NULL ? a->item.filename : "", *try,
		    a->staged.sha256);
		*folded = name_fold(a->path);
		taken = checksums_reserved(*folded) ? 1
						    : name_taken(s, *folded);
		if (taken == 0)
			break;
		free(*folded);
		if (taken < 0)
			break;
	}
	free(folder);
	if (taken > 0)
		msg(a->path, "no free name is left in its folder");
	return taken == 0 ? 0 : -1;
}

/* The place that a list of sums has for A's bytes, else a free one; *FOLDED as
 * for find_place(). */
static int
choose_place(struct ingest *s, struct arrival *a, char **folded)
{
	unsigned try = 0;
	char *path = NULL;

	if (s->owes && owed_find(&s->ix, a->staged.sha256, &path) < 0)
		return -1;
	a->owed = path != NULL;
	if (!a->owed)
		return find_place(s, a, &try, folded);
	free(a->path);
	a->path = path;
	*folded = name_fold(path);
	return 0;
}

static const char *
original_of(struct record *rec)
{
	const char *original = record_text(rec, "original");

	if (original != NULL &&
	    (strcmp(original, "yes") == 0 || strcmp(original, "no") == 0))
		return original;
	return "unknown";
}

static int
insert_arriving(struct ingest *s, struct arrival *a)
{
	sqlite3_stmt *in = s->announce;
	const char *taken_text;
	char *folded;
	int64_t taken;
	int result;

	if (choose_place(s, a, &folded) < 0)
		return -1;
	sqlite3_clear_bindings(in);
	index_bind_digest(in, 1, a->staged.sha256);
	index_bind_int(in, 2, a->staged.size);
	index_bind_text(in, 3, a->path);
	index_bind_text(in, 4, folded);
	index_bind_text(in, 5, record_text(&a->rec, "mimeType"));
	taken_text = record_text(&a->rec, "creationTime");
	if (taken_text != NULL && num_parse_time(taken_text, &taken, NULL) == 0)
		index_bind_int(in, 6, taken);
	index_bind_text(in, 7, original_of(&a->rec));
	index_bind_text(in, 8, a->rec.line.data);
	result = index_run(&s->ix, in);
	free(folded);
	return result;
}

/* Whether the file of A, gone before it was hashed, is stored: by another run
 * of the same album. 1, 0, or -1 when the index failed. */
static int
find_by_key(struct ingest *s, struct arrival *a)
{
	char hex[DIGEST_HEX];
	int found;

	found = item_file(&s->st, &a->item, a->staged.sha256);
	if (found > 0) {
		digest_hex(a->staged.sha256, hex);
		free(a->sha256);
		a->sha256 = mem_strdup(hex);
	}
	return found;
}

/* What lay in staging was there, as gp-fetch said. */
static const char *
code_of_gone(const struct arrival *a)
{
	return *a->staged.name != '\0' ? "gone" : "not-found";
}

/* Decides what is to be done with A; -1 when the index failed. */
static int
judge(struct ingest *s, struct arrival *a)
{
	int found = 1;

	if (a->staged.unhashed)
		found = find_by_key(s, a);
	if (found < 0)
		return -1;
	if (found == 0) {
		record_fail(&a->rec, code_of_gone(a),
		    "the staged file is gone");
		return 0;
	}
	index_bind_digest(s->find, 1, a->staged.sha256);
	found = index_step(&s->ix, s->find);
	if (found > 0) {
		a->path = mem_strdup(index_text(s->find, 0));
		a->outcome = sqlite3_column_int(s->find, 1) != 0 ? ARRIVED_KNOWN
								 : ARRIVED_TWIN;
		sqlite3_reset(s->find);
		return 0;
	}
	if (found < 0)
		return -1;
	if (a->staged.gone) {
		record_fail(&a->rec, code_of_gone(a),
		    "the staged file is gone");
		return 0;
	}
	a->outcome = ARRIVED_NEW;
	return insert_arriving(s, a);
}

/* The first transaction: what arrives, and under which name. */
static int
announce(struct ingest *s, struct arrival *a, size_t n)
{
	size_t i;

	if (index_begin_write(&s->ix) < 0)
		return -1;
	for (i = 0; i < n; i++) {
		a[i].outcome = ARRIVED_NONE;
		if (record_failed(&a[i].rec))
			continue;
		if (judge(s, &a[i]) < 0) {
			index_rollback(&s->ix);
			return -1;
		}
	}
	return index_commit(&s->ix);
}

/* A stranger has the name that was chosen: takes another, in the index
 * first. */
static int
choose_again(struct ingest *s, struct arrival *a, unsigned *try)
{
	char *folded;
	int result;

	(*try)++;
	if (find_place(s, a, try, &folded) < 0)
		return -1;
	index_bind_text(s->rename, 1, a->path);
	index_bind_text(s->rename, 2, folded);
	index_bind_digest(s->rename, 3, a->staged.sha256);
	result = index_run(&s->ix, s->rename);
	free(folded);
	return result;
}

/* The bytes that were owed are in their place. */
static int
settle(struct ingest *s, const struct arrival *a, const char *kind)
{
	return index_event(&s->ix, kind, a->staged.sha256, "nas", a->path);
}

/* Something has A's name. The same bytes are A's own; what is there instead of
 * bytes that a list of sums names goes aside for them; else A takes another
 * name. 1 when the name is to be tried again, 0, or -1 with the reason said. */
static int
meet_stranger(struct ingest *s, struct arrival *a, int dir, unsigned *try)
{
	const char *state;

	state = recover_compare(&s->ix.archive, a->path, a->staged.sha256,
	    s->digest);
	if (strcmp(state, "ok") == 0)
		return 0;
	if (!a->owed)
		return choose_again(s, a, try) < 0 ? -1 : 1;
	msg(a->path, "%s in the archive: the new copy takes its place", state);
	return heal_set_aside(&s->ix.archive, dir, path_base(a->path),
		   a->staged.sha256) < 0
	    ? -1
	    : 1;
}

/* Gives the staged file its name in DIR; where that fails only the record
 * does, unless no later one could fare better. */
static int
give_name(struct ingest *s, struct arrival *a, int dir)
{
	unsigned try = 0;
	int again;

	while (file_rename_new(s->staging, a->staged.name, dir,
		   path_base(a->path)) < 0) {
		if (errno == EEXIST) {
			again = meet_stranger(s, a, dir, &try);
			if (again > 0)
				continue;
			if (again < 0)
				return -1;
			return a->owed ? settle(s, a, "known") : 0;
		}
		s->stopped = errno == ENOSPC || errno == EDQUOT ||
		    errno == EIO || errno == EROFS;
		record_fail(&a->rec, "io", "naming it %s: %s", a->path,
		    strerror(errno));
		a->outcome = ARRIVED_NONE;
		return s->stopped ? -1
				  : recover_forget(&s->ix, a->staged.sha256);
	}
	return a->owed ? settle(s, a, "healed") : 0;
}

static char *
folder_of(const char *path)
{
	return mem_strndup(path, strcspn(path, "/"));
}

/* Moves A[I] and all later ones of its folder; then the folder is synced. */
static int
move_folder(struct ingest *s, struct arrival *a, size_t i, size_t n,
    bool *moved)
{
	char *folder = folder_of(a[i].path);
	size_t len = strlen(folder);
	int dir;
	bool failed;

	dir = file_make_dir(s->ix.archive.fd, folder);
	failed = dir < 0;
	if (failed)
		msg(folder, "cannot make the folder: %s", strerror(errno));
	for (; i < n && !failed; i++) {
		if (a[i].outcome != ARRIVED_NEW || moved[i] ||
		    strncmp(a[i].path, folder, len) != 0 ||
		    a[i].path[len] != '/')
			continue;
		moved[i] = true;
		failed = give_name(s, &a[i], dir) < 0;
	}
	if (!failed && file_sync_dir(dir) < 0) {
		msg(folder, "syncing the folder: %s", strerror(errno));
		failed = true;
	}
	if (dir >= 0)
		close(dir);
	free(folder);
	return failed ? -1 : 0;
}

/* The index has these bytes as stored: if that is true no more, the new ones
 * take their place. */
static int
compare_known(struct ingest *s, struct arrival *a)
{
	const char *state;

	state = recover_compare(&s->ix.archive, a->path, a->staged.sha256,
	    s->digest);
	if (strcmp(state, "ok") == 0)
		return 0;
	msg(a->path, "%s in the archive%s", state,
	    a->staged.gone ? "" : ": the new copy takes its place");
	if (index_event(&s->ix, state, a->staged.sha256, "nas", a->path) < 0)
		return -1;
	if (a->staged.gone) {
		a->outcome = ARRIVED_NONE;
		record_fail(&a->rec, code_of_gone(a),
		    "the staged file is gone, "
		    "and the archive's copy is %s",
		    state);
		return 0;
	}
	return heal_file(&s->ix, s->staging, a->staged.name, a->path,
	    a->staged.sha256);
}

/* Between the transactions: names are given, folders synced, what is known
 * compared. */
static int
move_all(struct ingest *s, struct arrival *a, size_t n)
{
	bool moved[INGEST_BATCH] = { false };
	size_t i;

	for (i = 0; i < n; i++) {
		if (a[i].outcome == ARRIVED_NEW && !moved[i] &&
		    move_folder(s, a, i, n, moved) < 0)
			return -1;
		if (a[i].outcome == ARRIVED_KNOWN &&
		    compare_known(s, &a[i]) < 0)
			return -1;
	}
	return 0;
}

static void
remove_staged(struct ingest *s, struct arrival *a)
{
	if (unlinkat(s->staging, a->staged.name, 0) < 0 && errno != ENOENT)
		msg(record_label(&a->rec), "its spent staged file stays: %s",
		    strerror(errno));
}

/* What is stored needs neither staged file nor record any more. A crash before
 * this leaves both, for the sweep. */
static void
remove_spent(struct ingest *s, struct arrival *a, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (a[i].staged.copied ||
		    (!a[i].staged.gone && a[i].outcome != ARRIVED_NONE))
			remove_staged(s, &a[i]);
		if (a[i].outcome != ARRIVED_NONE && !a[i].staged.copied &&
		    *a[i].staged.name != '\0' &&
		    staged_record_remove(s->staging, a[i].staged.name) < 0)
			msg(record_label(&a[i].rec),
			    "its spent staged record stays: %s",
			    strerror(errno));
	}
}

/* A twin's path, which may have changed when a stranger had it. */
static int
refresh_path(struct ingest *s, struct arrival *a)
{
	int found;

	index_bind_digest(s->find, 1, a->staged.sha256);
	found = index_step(&s->ix, s->find);
	if (found <= 0)
		return -1;
	free(a->path);
	a->path = mem_strdup(index_text(s->find, 0));
	sqlite3_reset(s->find);
	return 0;
}

static int
confirm_one(struct ingest *s, struct arrival *a)
{
	if (record_failed(&a->rec))
		return item_note_failure(&s->st, &a->rec);
	if (a->outcome == ARRIVED_TWIN && refresh_path(s, a) < 0)
		return -1;
	return item_store(&s->st, &a->item, &a->rec, a->staged.sha256);
}

/* Marks the folders of what is new, each once in a row. */
static int
mark_folders(struct ingest *s, const struct arrival *a, size_t n)
{
	char *folder = mem_strdup(""), *next;
	int result = 0;
	size_t i;

	for (i = 0; i < n && result == 0; i++) {
		if (a[i].outcome != ARRIVED_NEW)
			continue;
		next = folder_of(a[i].path);
		if (strcmp(next, folder) != 0)
			result = checksums_changed(&s->ix, next);
		free(folder);
		folder = next;
	}
	free(folder);
	return result;
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

/* The second transaction: what is stored is stored. */
static int
confirm(struct ingest *s, struct arrival *a, size_t n)
{
	size_t i;
	int result;

	if (index_begin_write(&s->ix) < 0)
		return -1;
	result = finish_arriving(s);
	for (i = 0; i < n && result == 0; i++)
		result = confirm_one(s, &a[i]);
	if (result == 0)
		result = mark_folders(s, a, n);
	if (result == 0)
		return index_commit(&s->ix);
	index_rollback(&s->ix);
	return -1;
}

static void
finish_records(struct arrival *a, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (a[i].outcome == ARRIVED_NONE)
			continue;
		if (a[i].sha256 != NULL)
			record_set_text(&a[i].rec, "sha256", a[i].sha256);
		record_set_text(&a[i].rec, "path", a[i].path);
		record_set_text(&a[i].rec, "status",
		    a[i].outcome == ARRIVED_NEW ? "stored" : "duplicate");
	}
}

/* All steps with the archive's lock held; -1 with the reason said. */
static int
ingest_locked(struct ingest *s, struct arrival *a, size_t n)
{
	if (recover(&s->st, s->digest) < 0 || announce(s, a, n) < 0 ||
	    move_all(s, a, n) < 0 || confirm(s, a, n) < 0)
		return -1;
	remove_spent(s, a, n);
	return 0;
}

void
ingest_batch(struct ingest *s, struct arrival *a, size_t n)
{
	int lock;
	bool failed;
	size_t i;

	for (i = 0; i < n; i++) {
		a[i].outcome = ARRIVED_NONE;
		a[i].path = a[i].sha256 = NULL;
		a[i].owed = false;
		a[i].staged.gone = true;
		a[i].staged.unhashed = false;
	}
	failed = s->stopped;
	if (!failed) {
		prove_all(s, a, n);
		lock = lock_take(&s->ix.archive);
		failed = lock < 0 || ingest_locked(s, a, n) < 0;
		if (lock >= 0)
			close(lock);
	}
	for (i = 0; failed && i < n; i++)
		stop(s, &a[i]);
	finish_records(a, n);
	for (i = 0; i < n; i++) {
		free(a[i].path);
		free(a[i].sha256);
	}
}
