/*
 * --rebuild: an index made from what lies in the archive. Every file is read:
 * a rebuilt index claims nothing that nobody saw. It is made under another
 * name and gets its own at the end, so that a crash leaves none or a whole
 * one. Nothing in the folders is changed but a SHA256SUMS that lacked files:
 * it gets their lines and keeps its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gp-index/checksums/checksums-name.h"
#include "gp-index/checksums/checksums-read.h"
#include "gp-index/checksums/checksums-write.h"
#include "gp-index/checksums/foreign.h"
#include "gp-index/checksums/owed.h"
#include "gp-index/checksums/walk.h"
#include "gp-index/db/archive-row.h"
#include "gp-index/db/index-state.h"
#include "gp-index/db/integrity.h"
#include "gp-index/items/amount.h"
#include "gp-index/modes/discs.h"
#include "gp-index/modes/modes.h"
#include "gp-index/modes/replay.h"
#include "gp-index/open/in-place.h"
#include "gp-index/open/open.h"
#include "lib/archive/repo-index.h"
#include "lib/files/file.h"
#include "lib/files/path.h"
#include "lib/files/publish.h"
#include "lib/mem.h"
#include "lib/name.h"
#include "lib/program/msg.h"
#include "lib/program/progress.h"

struct rebuild {
	struct index ix; /* the new one, under its temporary name */
	sqlite3_stmt *list, *listed, *drop, *add, *has, *unlisted;
	struct digest *digest;
	struct progress progress;
	int64_t files, bytes;
	int64_t wrong; /* what is amiss, each said */
	bool spoiled; /* lines of the list in hand are no sums */
};

/* --- the lists ----------------------------------------------------------- */

/* FOLDER's list is there and can't be read (errno): what it proves of the files
 * nobody knows, so none is taken, and none is written that it lacks. 1 with the
 * reason said, or -1. */
static int
refuse_folder(struct rebuild *r, const char *folder)
{
	if (errno == ELOOP)
		msg(folder,
		    "SHA256SUMS is a link, not the list: move it away and run "
		    "this again; until then nothing of this folder is taken");
	else
		msg(folder,
		    "SHA256SUMS can't be read: %s; until it can, nothing of "
		    "this folder is taken: then run this again",
		    strerror(errno));
	r->wrong++;
	return index_run_text(&r->ix,
		   "DELETE FROM listed "
		   "WHERE path > ?1 || '/' AND path < ?1 || '0'",
		   folder) < 0
	    ? -1
	    : 1;
}

/* The checksum that a list has for PATH: 1, 0 when none names it, -1. */
static int
listed_checksum(struct rebuild *r, const char *path,
    uint8_t sha256[DIGEST_SIZE])
{
	int step;

	index_bind_text(r->listed, 1, path);
	step = index_step(&r->ix, r->listed);
	if (step > 0) {
		if (!index_digest(r->listed, 0, sha256))
			step = -1;
		sqlite3_reset(r->listed);
	}
	return step;
}

/* A line of a list: 0, 1 where it contradicts an earlier one, or -1. */
static int
take_line(struct rebuild *r, const char *path,
    const uint8_t sha256[static DIGEST_SIZE])
{
	uint8_t before[DIGEST_SIZE];
	int found;

	found = listed_checksum(r, path, before);
	if (found != 0)
		return found < 0 ? -1
				 : memcmp(before, sha256, DIGEST_SIZE) != 0;
	index_bind_text(r->list, 1, path);
	index_bind_digest(r->list, 2, sha256);
	return index_run(&r->ix, r->list);
}

/* What FOLDER's SHA256SUMS says goes to temp.listed. 0, 1 when the folder is to
 * be passed over, or -1. */
static int
read_list(struct rebuild *r, const char *folder)
{
	struct checksum_list l;
	char *path;
	int got = 0, result = 0;

	r->spoiled = false;
	if (checksum_list_open_folder(&l, &r->ix.archive, folder) < 0) {
		if (errno == ENOENT)
			return 0;
		got = -2;
	}
	while (got != -2 && result == 0) {
		got = checksum_list_next(&l);
		if (got == 0 || got == -2)
			break;
		if (got < 0 || (got > 0 && !checksums_can_hold(l.name))) {
			msg(folder, "SHA256SUMS: line %ld is no sum",
			    l.line_no);
			r->spoiled = true;
			r->wrong++;
			continue;
		}
		path = mem_printf("%s/%s", folder, l.name);
		result = take_line(r, path, l.sha256);
		if (result > 0) {
			msg(folder,
			    "SHA256SUMS: line %ld has another sum of %s than "
			    "one before it: that one is believed",
			    l.line_no, l.name);
			r->wrong++;
			result = 0;
		}
		free(path);
	}
	if (got == -2)
		result = refuse_folder(r, folder);
	checksum_list_close(&l);
	return result;
}

/* Notes that the list of PATH's folder lacks a file. 0 or -1. */
static int
mark_folder(struct rebuild *r, const char *path)
{
	char *folder = path_first(path);
	int result;

	result = checksums_mark_changed(&r->ix, folder);
	free(folder);
	return result;
}

/* --- the files ----------------------------------------------------------- */

/* Reads the file at PATH; 0, or -1 with the reason said. */
static int
hash_file(struct rebuild *r, const char *path, uint8_t sha256[DIGEST_SIZE],
    int64_t *size)
{
	int fd;
	bool failed;

	fd = file_open_below(r->ix.archive.fd, path, O_RDONLY | O_NONBLOCK, 0);
	failed = fd < 0 || digest_fd(r->digest, fd, sha256, size) < 0;
	if (failed)
		msg(path, "%s: left out", strerror(errno));
	else
		progress_add(&r->progress, 1, *size);
	if (fd >= 0)
		close(fd);
	return failed ? -1 : 0;
}

/* Whether another file has these bytes, or this name but for its case: 1 with
 * the reason said, 0, -1. */
static int
name_in_use(struct rebuild *r, const char *path, const char *folded,
    const uint8_t *sha256)
{
	int step;

	index_bind_digest(r->has, 1, sha256);
	index_bind_text(r->has, 2, folded);
	step = index_step(&r->ix, r->has);
	if (step > 0) {
		msg(path, "has the %s of %s: left out",
		    sqlite3_column_int(r->has, 1) != 0 ? "bytes" : "name",
		    index_text(r->has, 0));
		sqlite3_reset(r->has);
	}
	return step;
}

/* A file whose bytes are known and not refuted. 1 when it was left out. */
static int
add_file(struct rebuild *r, const struct archive_walk *w, const uint8_t *sha256,
    int64_t size)
{
	char *folded = name_fold(w->path.data);
	int taken;

	taken = name_in_use(r, w->path.data, folded, sha256);
	if (taken == 0) {
		index_bind_digest(r->add, 1, sha256);
		index_bind_int(r->add, 2, size);
		index_bind_text(r->add, 3, w->path.data);
		index_bind_text(r->add, 4, folded);
		index_bind_int(r->add, 5, w->st.st_ctim.tv_sec);
		taken = index_run(&r->ix, r->add);
	}
	free(folded);
	return taken;
}

/* PATH is not what its folder's list says, or can't be told. */
static int
spoil(struct rebuild *r, const char *path, const char *kind,
    const uint8_t *sha256)
{
	r->wrong++;
	return kind == NULL ? 0
			    : index_event(&r->ix, kind, sha256, "nas", path);
}

/* One of the lines that are no sums may have been that of PATH. 0 or -1. */
static int
note_unlisted(struct rebuild *r, const char *path, const uint8_t *sha256)
{
	index_bind_text(r->unlisted, 1, path);
	index_bind_digest(r->unlisted, 2, sha256);
	return index_run(&r->ix, r->unlisted);
}

/* A file that was read and is not refuted; LISTED: its folder's list has it. */
static int
take_bytes(struct rebuild *r, const struct archive_walk *w,
    const uint8_t *sha256, int64_t size, bool listed)
{
	int left_out;

	left_out = add_file(r, w, sha256, size);
	if (left_out != 0)
		return left_out < 0 ? -1 : spoil(r, w->path.data, NULL, NULL);
	r->files++;
	r->bytes += size;
	if (listed)
		return 0;
	if (r->spoiled && note_unlisted(r, w->path.data, sha256) < 0)
		return -1;
	return mark_folder(r, w->path.data);
}

/* The file in hand. -1 when the index failed; else what is wrong was said and
 * counted. */
static int
take_file(struct rebuild *r, const struct archive_walk *w)
{
	uint8_t want[DIGEST_SIZE], got[DIGEST_SIZE];
	const char *path = w->path.data;
	int64_t size = 0;
	int listed;

	if (!checksums_can_hold(path_base(path))) {
		msg(path, "SHA256SUMS can't hold its name: left out");
		return spoil(r, path, NULL, NULL);
	}
	listed = listed_checksum(r, path, want);
	if (listed < 0)
		return -1;
	if (listed == 0 && foreign_name(path_base(path))) {
		msg(path,
		    "is no name that gp gives a photo, and no list has it: "
		    "left out");
		return spoil(r, path, NULL, NULL);
	}
	index_bind_text(r->drop, 1, path);
	if (index_run(&r->ix, r->drop) < 0)
		return -1;
	if (hash_file(r, path, got, &size) < 0)
		return spoil(r, path, listed > 0 ? "unreadable" : NULL, want);
	if (listed > 0 && memcmp(want, got, sizeof(want)) != 0) {
		msg(path,
		    "its bytes are not those that SHA256SUMS has: "
		    "left out");
		return spoil(r, path, "rotten", want);
	}
	return take_bytes(r, w, got, size, listed > 0);
}

/* What a list names is a photo, whatever its name. */
static bool
is_listed(void *arg, const char *path)
{
	uint8_t sha256[DIGEST_SIZE];

	/* where the index fails, take_file() says so */
	return listed_checksum(arg, path, sha256) != 0;
}

static int
take_files(struct rebuild *r)
{
	enum walked what;
	struct archive_walk w;
	int result;

	result = walk_init(&w, &r->ix.archive);
	w.wanted = is_listed;
	w.arg = r;
	while (result == 0) {
		what = walk_next(&w);
		if (what == WALK_END)
			break;
		if (what == WALK_FOLDER) {
			result = read_list(r, w.path.data);
			if (result > 0) {
				walk_skip(&w);
				result = 0;
			}
		} else if (what == WALK_FILE) {
			result = take_file(r, &w);
		} else {
			if (what == WALK_STRANGE)
				msg(w.path.data, "%s: left out",
				    walk_type(&w.st));
			r->wrong++;
		}
	}
	if (w.litter > 0)
		msg(NULL,
		    "%lld files and folders that machines leave beside photos "
		    "were passed over; -v names them",
		    (long long)w.litter);
	walk_release(&w);
	return result;
}

/* Says WORDS of each path that SQL yields with its sum; each has the event
 * KIND. */
static int
spoil_each(struct rebuild *r, const char *sql, const char *kind,
    const char *words)
{
	uint8_t sha256[DIGEST_SIZE];
	sqlite3_stmt *s;
	int step = 0, result = 0;

	s = index_prepare(&r->ix, sql);
	while (result == 0) {
		step = index_step(&r->ix, s);
		if (step <= 0)
			break;
		msg(index_text(s, 0), "%s", words);
		if (index_digest(s, 1, sha256))
			result = spoil(r, index_text(s, 0), kind, sha256);
	}
	sqlite3_finalize(s);
	return result < 0 || step < 0 ? -1 : 0;
}

/* What the lists name and nobody met. */
static int
say_missing(struct rebuild *r)
{
	return spoil_each(r, "SELECT path, sha256 FROM listed ORDER BY path",
	    "missing", "missing, though SHA256SUMS names it");
}

/* What was taken in beside lines that are no sums; the records of runs vouch
 * for a file, too. */
static int
say_unlisted(struct rebuild *r)
{
	return spoil_each(r,
	    "SELECT path, sha256 FROM unlisted WHERE sha256 NOT IN "
	    "(SELECT file FROM item WHERE file IS NOT NULL) ORDER BY path",
	    "unlisted",
	    "no line of SHA256SUMS vouches for it, and one that is no sum may "
	    "have been its own: taken in as it is");
}

/* --- the new index ------------------------------------------------------- */

static void
prepare(struct rebuild *r)
{
	r->list = index_prepare(&r->ix,
	    "INSERT OR IGNORE INTO listed VALUES (?, ?)");
	r->listed = index_prepare(&r->ix,
	    "SELECT sha256 FROM listed WHERE path = ?");
	r->drop = index_prepare(&r->ix, "DELETE FROM listed WHERE path = ?");
	r->add = index_prepare(&r->ix,
	    "INSERT INTO file (sha256, size, path, folded, stored) "
	    "VALUES (?, ?, ?, ?, ?)");
	r->unlisted = index_prepare(&r->ix,
	    "INSERT INTO unlisted VALUES (?, ?)");
	r->has = index_prepare(&r->ix,
	    "SELECT path, sha256 = ?1 FROM file WHERE sha256 = ?1 "
	    "UNION ALL SELECT path, 0 FROM file WHERE folded = ?2");
	r->digest = digest_new();
}

static void
release(struct rebuild *r)
{
	sqlite3_finalize(r->list);
	sqlite3_finalize(r->listed);
	sqlite3_finalize(r->drop);
	sqlite3_finalize(r->add);
	sqlite3_finalize(r->has);
	sqlite3_finalize(r->unlisted);
	digest_free(r->digest);
}

/* All in one transaction: half of it is thrown away in any case. */
static int
fill(struct rebuild *r)
{
	struct replayed replayed = { .items = 0 };
	char words[AMOUNT_SIZE];
	bool failed;

	if (index_exec(&r->ix,
		"PRAGMA journal_mode=DELETE;"
		"PRAGMA temp_store=FILE;"
		"CREATE TEMP TABLE listed (path TEXT PRIMARY "
		"KEY, sha256 BLOB) WITHOUT ROWID;"
		"CREATE TEMP TABLE unlisted (path TEXT, sha256 BLOB)") < 0)
		return -1;
	prepare(r);
	progress_start(&r->progress, "files", true);
	failed = index_begin_write(&r->ix) < 0 || take_files(r) < 0;
	progress_end(&r->progress);
	failed = failed || say_missing(r) < 0 ||
	    discs_rebuild(&r->ix, &r->wrong) < 0 ||
	    replay(&r->ix, &replayed) < 0 || say_unlisted(r) < 0;
	release(r);
	if (failed) {
		index_rollback(&r->ix);
		return -1;
	}
	if (index_commit(&r->ix) < 0 || integrity_check(&r->ix) != 0 ||
	    checksums_write(&r->ix) < 0)
		return -1;
	r->wrong += replayed.missing + replayed.bad;
	msg(NULL,
	    "%s, %lld items that the records of earlier runs tell of, "
	    "%lld things amiss",
	    amount_words(words, r->files, r->bytes), (long long)replayed.items,
	    (long long)r->wrong);
	return 0;
}

/* --- its place ----------------------------------------------------------- */

/* Whether an index may be made at PATH; the reason is said. */
static bool
may_be_made(const struct repo *a, const char *path)
{
	char id[REPO_ID_SIZE];
	enum index_state now;

	if (euidaccess(path, F_OK) < 0 && errno == ENOENT)
		return !repo_index_is_astray(path) &&
		    !repo_index_is_second(a, path);
	now = index_state_of(path);
	if (now != INDEX_WHOLE && now != INDEX_DAMAGED)
		return false;
	if (*a->id != '\0' && repo_index_id(path, id) == 0 && *id != '\0' &&
	    strcmp(id, a->id) != 0) {
		repo_index_mismatch(a, path);
		return false;
	}
	if (now == INDEX_WHOLE)
		msg(path,
		    "this index is sound: move it away first if it is to "
		    "be made anew");
	return now == INDEX_DAMAGED;
}

/* No file could be taken. What the lists name is worth an index all the same:
 * it can be stored again, or settled. 0, or -1 with the reason said. */
static int
judge_empty(struct rebuild *r, const struct repo *a)
{
	int any;

	any = index_ask(&r->ix,
	    "SELECT 1 FROM " OWED_EVENTS " AND ?1 <> '' LIMIT 1", "1");
	if (any > 0)
		msg(a->path,
		    "none of its files could be taken: the index knows only "
		    "what SHA256SUMS names");
	else if (any == 0)
		msg(a->path,
		    r->wrong > 0
			? "none of its files could be taken"
			: "no file of an archive is here: there is nothing to "
			  "make an index from");
	return any > 0 ? 0 : -1;
}

/* Makes the index in R at ASIDE. 0, or -1 with the reason said. */
static int
make(struct rebuild *r, const struct repo *a, const char *aside)
{
	bool failed;

	if (index_open_aside(&r->ix, a->path, aside) < 0)
		return -1;
	failed = fill(r) < 0 || (r->files == 0 && judge_empty(r, a) < 0) ||
	    archive_row_pair(&r->ix) < 0;
	index_close(&r->ix);
	return failed ? -1 : 0;
}

/* With the lock held. */
static enum status
rebuild_at(const struct repo *a, const char *path)
{
	struct rebuild r = { .files = 0 };
	struct publish p;

	if (!may_be_made(a, path))
		return STATUS_STOPPED;
	if (publish_begin_aside(&p, path) < 0) {
		msg(path, "%s", strerror(errno));
		return STATUS_STOPPED;
	}
	if (make(&r, a, p.aside) < 0) {
		publish_abandon(&p);
		msg(path, "no index was made");
		return STATUS_STOPPED;
	}
	if (in_place_put(&p, path, "damaged") < 0)
		return STATUS_STOPPED;
	return r.wrong > 0 ? STATUS_SOME : STATUS_DONE;
}

enum status
mode_rebuild(const struct index_options *opt)
{
	enum status status = STATUS_STOPPED;
	struct in_place locks;
	struct repo a;
	char *path;

	if (repo_open(&a, opt->cli.archive) < 0)
		return STATUS_STOPPED;
	if (in_place_begin(&locks, &a) == 0) {
		path = repo_index_path(&a);
		status = rebuild_at(&a, path);
		free(path);
	}
	in_place_end(&locks);
	repo_close(&a);
	return status;
}
