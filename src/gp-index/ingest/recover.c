#include "gp-index/ingest/recover.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gp-index/checksums/checksums-write.h"
#include "gp-index/ingest/adopted.h"
#include "gp-index/ingest/stored-bytes.h"
#include "lib/files/file.h"
#include "lib/files/path.h"
#include "lib/mem.h"
#include "lib/program/msg.h"

struct arriving {
	uint8_t sha256[DIGEST_SIZE];
	char *path, *record; /* owned; the record may be NULL */
};

static int
run_with_digest(struct index *ix, const char *sql, const uint8_t *sha256)
{
	sqlite3_stmt *s;
	int result;

	s = index_prepare(ix, sql);
	index_bind_digest(s, 1, sha256);
	if (sqlite3_bind_parameter_count(s) > 1)
		index_bind_int(s, 2, time(NULL));
	result = index_run(ix, s);
	sqlite3_finalize(s);
	return result;
}

int
recover_forget(struct index *ix, const uint8_t sha256[static DIGEST_SIZE])
{
	return run_with_digest(ix, "DELETE FROM arriving WHERE sha256 = ?",
	    sha256);
}

/* Makes the arriving row of SHA256 a stored file. */
static int
store_row(struct index *ix, const uint8_t sha256[static DIGEST_SIZE])
{
	if (run_with_digest(ix,
		"INSERT INTO file (sha256, size, path, folded, mime, taken, "
		"stored, original) SELECT sha256, size, path, folded, mime, "
		"taken, ?2, original FROM arriving WHERE sha256 = ?1",
		sha256) < 0)
		return -1;
	return recover_forget(ix, sha256);
}

/* Makes sure that the name at PATH is on the disk. */
static int
sync_folder(const struct repo *a, const char *folder)
{
	bool failed;
	int dir;

	dir = file_open_below(a->fd, folder, O_RDONLY | O_DIRECTORY, 0);
	failed = dir < 0 || file_sync_dir(dir) < 0;
	if (failed)
		msg(folder, "syncing the folder: %s", strerror(errno));
	if (dir >= 0)
		close(dir);
	return failed ? -1 : 0;
}

/* Within a write transaction: the item that came with file A, kept among the
 * run's records too, for who would have written it there died; none where an
 * earlier gp announced it. */
static int
note_origin(struct item_statements *st, struct digest *d,
    const struct arriving *a)
{
	struct record rec;
	struct item item;
	int result = 0;

	if (a->record == NULL)
		return 0;
	record_init(&rec);
	if (record_parse(&rec, a->record, strlen(a->record), NULL) == 0 &&
	    item_read(&item, &rec, d) == 0)
		result = item_store(st, &item, &rec, a->sha256) < 0
		    ? -1
		    : adopted_keep_at(&st->ix->archive, &rec, a->sha256,
			  a->path);
	record_release(&rec);
	return result;
}

/* The file is there: stored it is. */
static int
finish(struct item_statements *st, struct digest *d, const struct arriving *a)
{
	struct index *ix = st->ix;
	const uint8_t *sha256 = a->sha256;
	const char *path = a->path;
	char *folder;
	bool failed;

	folder = path_first(path);
	failed = sync_folder(&ix->archive, folder) < 0 ||
	    index_begin_write(ix) < 0;
	if (!failed) {
		failed = checksums_mark_changed(ix, folder) < 0 ||
		    store_row(ix, sha256) < 0 || note_origin(st, d, a) < 0;
		if (failed)
			index_rollback(ix);
		else
			failed = index_commit(ix) < 0;
	}
	free(folder);
	return failed ? -1 : 0;
}

/* Takes one arriving row: 1, 0 when there is none, -1. */
static int
take_arriving(struct index *ix, struct arriving *a)
{
	const char *record;
	sqlite3_stmt *s;
	int step;

	s = index_prepare(ix,
	    "SELECT sha256, path, record FROM arriving LIMIT 1");
	a->path = a->record = NULL;
	step = index_step(ix, s);
	if (step > 0) {
		record = index_text(s, 2);
		if (record != NULL)
			a->record = mem_strdup(record);
		if (index_digest(s, 0, a->sha256))
			a->path = mem_strdup(index_text(s, 1));
		else
			step = -1; /* against the table's own CHECK */
	}
	sqlite3_finalize(s);
	return step;
}

/* What has its name and can't be read may be sound, and its origin is known
 * here alone: a failure keeps that, until it comes again. */
static int
note_unreadable(struct item_statements *st, const struct arriving *a)
{
	struct record rec;
	int result = 0;

	if (a->record == NULL)
		return 0;
	record_init(&rec);
	if (record_parse(&rec, a->record, strlen(a->record), NULL) == 0) {
		record_fail(&rec, "unreadable",
		    "an interrupted run left it at %s, which can't be read",
		    a->path);
		result = item_note_failure(st, &rec);
	}
	record_release(&rec);
	return result;
}

/* The file is not there as it was announced, but in STATE. */
static int
forget(struct item_statements *st, const struct arriving *a, const char *state)
{
	bool lost = strcmp(state, "unreadable") == 0;
	struct index *ix = st->ix;

	if (!lost)
		return recover_forget(ix, a->sha256);
	if (index_begin_write(ix) < 0)
		return -1;
	if (note_unreadable(st, a) == 0 && recover_forget(ix, a->sha256) == 0)
		return index_commit(ix);
	index_rollback(ix);
	return -1;
}

static int
judge(struct item_statements *st, struct digest *d, const struct arriving *a)
{
	const char *state = stored_bytes_state(&st->ix->archive, a->path,
	    a->sha256, d);
	bool there = strcmp(state, "ok") == 0;

	msg_at(1, a->path, "%s after an interrupted run",
	    there ? "stored" : "to be fetched again");
	return there ? finish(st, d, a) : forget(st, a, state);
}

/* Before any of what is arriving may be stored. */
static int
mark_folders(struct index *ix)
{
	if (index_begin_write(ix) < 0)
		return -1;
	if (checksums_mark_arriving(ix) == 0)
		return index_commit(ix);
	index_rollback(ix);
	return -1;
}

static int
recover_all(struct item_statements *st, struct digest *d)
{
	struct index *ix = st->ix;
	struct arriving a;
	int step, result = mark_folders(ix);

	while (result == 0) {
		step = take_arriving(ix, &a);
		if (step == 0)
			break;
		result = step > 0 ? judge(st, d, &a) : -1;
		free(a.path);
		free(a.record);
	}
	return result;
}

int
recover(struct item_statements *st, struct digest *d)
{
	struct index *ix = st->ix;
	int result;

	result = index_ask(ix, "SELECT 1 FROM arriving WHERE ?1 <> '' LIMIT 1",
	    "1");
	if (result <= 0)
		return result;
	/* a commit each: on a disk with little room the log of all of them may
	 * have none */
	if (index_exec(ix, "PRAGMA wal_autocheckpoint=20") < 0)
		return -1;
	result = recover_all(st, d);
	if (index_exec(ix, "PRAGMA wal_autocheckpoint=" INDEX_AUTOCHECKPOINT) <
	    0)
		result = -1;
	return result;
}
