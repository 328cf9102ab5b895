/*
 * --restore FILE: a backup of the index is put in place, checked. What was
 * there is kept beside it. A folder without an id, as it comes back from a
 * copy, becomes the archive that the backup is of.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gp-index/db/archive-row.h"
#include "gp-index/db/index-state.h"
#include "gp-index/db/integrity.h"
#include "gp-index/db/snapshot.h"
#include "gp-index/modes/modes.h"
#include "gp-index/open/fit.h"
#include "gp-index/open/in-place.h"
#include "gp-index/open/open.h"
#include "lib/archive/index-file.h"
#include "lib/archive/repo-index.h"
#include "lib/files/file.h"
#include "lib/mem.h"
#include "lib/program/msg.h"

/* Opens the backup at PATH, for reading alone. 0, or -1 with the reason said.
 */
static int
open_backup(struct index *from, const char *path)
{
	int64_t complaints;
	int version, opened;

	from->path = mem_strdup(path);
	opened = index_file_open(path,
	    SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, true, &from->db);
	if (opened != 0)
		return opened > 0 ? index_complain(from) : -1;
	version = index_version(from);
	if (version == 0)
		msg(path, "this is no backup of an index");
	if (version <= 0)
		return -1;
	complaints = integrity_check(from);
	if (complaints > 0)
		msg(path, "the backup is damaged: take another one");
	return complaints == 0 ? 0 : -1;
}

static void
close_backup(struct index *from)
{
	sqlite3_close(from->db);
	free(from->path);
}

static bool
is_same_file(const char *a, const char *b)
{
	struct stat x, y;

	return stat(a, &x) == 0 && stat(b, &y) == 0 && file_is_same(&x, &y);
}

static int
refuse_unfit(const struct index *ix, const char *file, const struct fit *fit)
{
	int64_t all = fit->found + fit->missing;

	if (fit->found == 0)
		msg(file,
		    "none of the %lld files of this index is in %s: nothing "
		    "done",
		    (long long)all, ix->archive.path);
	else if (fit->found < fit->unknown)
		msg(file,
		    "this index has only %lld of the files in %s, and %lld "
		    "that SHA256SUMS names are none of its: nothing done; "
		    "take the backup of this archive, or `gp-index --rebuild`",
		    (long long)fit->found, ix->archive.path,
		    (long long)fit->unknown);
	else
		msg(file,
		    "names no archive, and only %lld of its %lld files are in "
		    "%s: nothing done; if it is that of this archive, bring "
		    "more of them back first",
		    (long long)fit->found, (long long)all, ix->archive.path);
	return -1;
}

/* Whether the index in IX may become that of its archive; takes how they fit
 * together to FIT, and notes in IX what is newer. 0, or -1 with the reason
 * said.
 */
static int
check_pair(struct index *ix, const char *file, struct fit *fit)
{
	char id[REPO_ID_SIZE];

	if (archive_row_get(ix, id) < 0 || fit_measure_and_note(ix, fit) < 0)
		return -1;
	if (*id != '\0' && strcmp(id, ix->archive.id) == 0)
		return 0;
	if (*id != '\0' && *ix->archive.id != '\0')
		return repo_index_mismatch(&ix->archive, file);
	/* some files may be in both, of an album that two people have: most of
	 * what the folder has is to be the index's, and of a backup that names
	 * no archive most of its files are to be there */
	if (fit->found == 0 || fit->found < fit->unknown ||
	    (*id == '\0' && fit->found < fit->missing))
		return refuse_unfit(ix, file, fit);
	return 0;
}

/* Makes the index to be at ASIDE, a copy of FROM that this gp can use. */
static int
make(struct index *from, const struct repo *a, const char *aside,
    struct fit *fit)
{
	struct index ix;
	bool failed;

	if (snapshot(from, aside) < 0 ||
	    index_open_aside(&ix, a->path, aside) < 0)
		return -1;
	failed = check_pair(&ix, from->path, fit) < 0 ||
	    archive_row_pair(&ix) < 0 ||
	    index_exec(&ix, "PRAGMA journal_mode=DELETE") < 0;
	index_close(&ix);
	return failed ? -1 : 0;
}

/* Whether what has the index's place may go aside: GP_INDEX could name that of
 * another archive. One of an earlier gp names none, a damaged one, which is
 * kept, need not, and what is no file in the archive's own folder is none. */
static int
check_place(const struct index *from, const struct repo *a, const char *path)
{
	char id[REPO_ID_SIZE], ours[REPO_ID_SIZE];
	struct stat st = { .st_mode = S_IFREG };
	enum index_state now;

	if (is_same_file(from->path, path)) {
		msg(path, "this is the index itself");
		return -1;
	}
	if (stat(path, &st) < 0 && errno == ENOENT) {
		/* the one that is put in place may be that in .gp itself */
		if (repo_index_is_astray(path) ||
		    (!repo_index_is_inside(a, from->path) &&
			repo_index_is_second(a, path)))
			return -1;
		return 0;
	}
	if (!S_ISREG(st.st_mode) && !repo_index_is_named())
		return 0;
	now = index_state_of(path);
	if (now == INDEX_UNTOLD)
		return -1;
	if (repo_index_id(path, id) < 0)
		return now == INDEX_DAMAGED ? 0 : -1;
	if (*id == '\0')
		return 0;
	if (repo_index_id(from->path, ours) < 0)
		return -1;
	return strcmp(id, *a->id != '\0' ? a->id : ours) == 0
	    ? 0
	    : repo_index_mismatch(a, path);
}

/* With the lock held. */
static enum status
restore(struct index *from, const struct repo *a, const char *path)
{
	struct publish p;
	struct fit fit;
	int64_t files;

	if (check_place(from, a, path) < 0)
		return STATUS_STOPPED;
	if (publish_begin_aside(&p, path) < 0) {
		msg(path, "%s", strerror(errno));
		return STATUS_STOPPED;
	}
	if (make(from, a, p.aside, &fit) < 0) {
		publish_abandon(&p);
		return STATUS_STOPPED;
	}
	if (in_place_put(&p, path, "replaced") < 0)
		return STATUS_STOPPED;
	files = fit.found + fit.missing;
	msg(path, "is in place: it knows %lld files", (long long)files);
	if (fit.missing > 0)
		msg(a->path,
		    "%lld of them are not there with their size: `gp-scrub "
		    "--heal nas` brings them back from a copy",
		    (long long)fit.missing);
	if (fit.unknown > 0)
		msg(a->path,
		    "%lld %s newer than this backup: `gp-index --check` tells "
		    "which; what is there stays, and is known again once it is "
		    "listed",
		    (long long)fit.unknown,
		    fit.unknown == 1 ? "file that SHA256SUMS names is"
				     : "files that SHA256SUMS names are");
	return fit.missing > 0 || fit.unknown > 0 ? STATUS_SOME : STATUS_DONE;
}

/* With the backup open. */
static enum status
restore_to(struct index *from, const char *dir)
{
	enum status status = STATUS_STOPPED;
	struct in_place locks;
	struct repo a;
	char *path;

	if (repo_open(&a, dir) < 0)
		return STATUS_STOPPED;
	if (in_place_begin(&locks, &a) == 0) {
		path = repo_index_path(&a);
		status = restore(from, &a, path);
		free(path);
	}
	in_place_end(&locks);
	repo_close(&a);
	return status;
}

enum status
mode_restore(const struct index_options *opt)
{
	enum status status = STATUS_STOPPED;
	struct index from = { .db = NULL };

	if (*opt->file == '\0')
		cli_usage(&opt->cli, "--restore needs a file name");
	if (open_backup(&from, opt->file) == 0)
		status = restore_to(&from, opt->cli.archive);
	close_backup(&from);
	return status;
}
