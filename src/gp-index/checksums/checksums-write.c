#include "gp-index/checksums/checksums-write.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gp-index/checksums/checksums-keep.h"
#include "gp-index/checksums/checksums-name.h"
#include "gp-index/checksums/checksums-read.h"
#include "gp-index/checksums/owed.h"
#include "lib/files/file.h"
#include "lib/files/path.h"
#include "lib/files/publish.h"
#include "lib/mem.h"
#include "lib/name.h"
#include "lib/program/msg.h"

/* What is in folder ?1, whose folded name is ?2: only that has an index. */
#define IN_FOLDER                                                              \
	"folded >= ?2 || '/' AND folded < ?2 || '0' AND path >= ?1 || '/' "    \
	"AND path < ?1 || '0'"

#define MARK "INSERT OR IGNORE INTO folder_changed VALUES (?)"

int
checksums_mark_changed(struct index *ix, const char *folder)
{
	return index_run_text(ix, MARK, folder);
}

/* Runs SQL with the folder of PATH, where there is one. */
static int
run_folder(struct index *ix, const char *sql, const char *path)
{
	char *folder = path_first(path);
	struct stat st;
	int result = 0;

	if (file_path_is_safe(path) &&
	    fstatat(ix->archive.fd, folder, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISDIR(st.st_mode))
		result = index_run_text(ix, sql, folder);
	free(folder);
	return result;
}

/* Runs SQL with the folder of each path that PATHS, which is finalized, yields.
 */
static int
run_folders(struct index *ix, const char *sql, sqlite3_stmt *paths)
{
	int step;

	for (step = index_step(ix, paths); step > 0;
	     step = index_step(ix, paths)) {
		if (run_folder(ix, sql, index_text(paths, 0)) < 0) {
			step = -1;
			break;
		}
	}
	sqlite3_finalize(paths);
	return step;
}

int
checksums_mark_arriving(struct index *ix)
{
	return run_folders(ix, MARK,
	    index_prepare(ix,
		"SELECT DISTINCT detail FROM event WHERE copy = 'nas' "
		"AND kind IN " OWED_KINDS " AND detail IS NOT NULL "
		"AND file IN (SELECT sha256 FROM arriving)"));
}

/* SQL, which has IN_FOLDER, for FOLDER; the caller finalizes. */
static sqlite3_stmt *
prepare_folder(struct index *ix, const char *sql, const char *folder)
{
	sqlite3_stmt *s = index_prepare(ix, sql);

	index_bind_text(s, 1, folder);
	if (sqlite3_bind_text(s, 2, name_fold(folder), -1, free) != SQLITE_OK)
		msg_die("a folder that the index can't take");
	return s;
}

/* The lines of FOLDER to OUT, those that are kept too, in the order of names,
 * the index's own first; 0, or -1. None of the names needs sha256sum's escapes.
 */
static int
write_lines(struct index *ix, const char *folder, FILE *out)
{
	uint8_t checksum[DIGEST_SIZE];
	char hex[DIGEST_HEX];
	sqlite3_stmt *s;
	size_t n = strlen(folder) + 1;
	int step;

	s = prepare_folder(ix,
	    "SELECT sha256, path, 0 FROM file WHERE " IN_FOLDER
	    " UNION ALL SELECT sha256, path, 1 FROM kept ORDER BY 2, 3, 1",
	    folder);
	for (step = index_step(ix, s); step > 0; step = index_step(ix, s)) {
		if (!index_digest(s, 0, checksum))
			continue;
		digest_hex(checksum, hex);
		fprintf(out, "%s  %s\n", hex, index_text(s, 1) + n);
	}
	sqlite3_finalize(s);
	return step;
}

static void
say_unwritten(const char *folder)
{
	msg(folder, "cannot write %s: %s", CHECKSUMS_NAME, strerror(errno));
}

/* Publishes the list of FOLDER, which is open as DIR; 0, or -1 with the reason
 * said. */
static int
publish_list(struct index *ix, const char *folder, int dir)
{
	struct publish p;

	if (publish_begin(&p, dir, CHECKSUMS_NAME, 0666) < 0) {
		say_unwritten(folder);
		return -1;
	}
	/* not the disk's fault but the index's, which said so */
	if (write_lines(ix, folder, p.out) < 0) {
		publish_abandon(&p);
		msg(folder, "%s stays as it is, for the index can't be read",
		    CHECKSUMS_NAME);
		return -1;
	}
	if (publish_commit(&p) < 0) {
		say_unwritten(folder);
		return -1;
	}
	return 0;
}

/* DROPPED: a path that is not kept, or NULL. 0; 1 where the list stays as it
 * is; -1 with the reason said. */
static int
write_folder(struct index *ix, const char *folder, const char *dropped)
{
	int dir, result;

	dir = file_open_below(ix->archive.fd, folder, O_RDONLY | O_DIRECTORY,
	    0);
	if (dir < 0) {
		msg(folder, "cannot open it to write %s: %s", CHECKSUMS_NAME,
		    strerror(errno));
		return -1;
	}
	result = checksums_keep(ix, dir, folder, dropped);
	if (result != 0) {
		close(dir);
		return result;
	}
	result = publish_list(ix, folder, dir);
	close(dir);
	return result;
}

/* The first folder to write behind AFTER, or NULL when there is none (or
 * *FAILED). The caller frees. */
static char *
next_folder(struct index *ix, const char *after, bool *failed)
{
	sqlite3_stmt *s;
	char *folder = NULL;
	int step;

	s = index_prepare(ix,
	    "SELECT folder FROM to_write "
	    "WHERE folder > ? ORDER BY folder LIMIT 1");
	index_bind_text(s, 1, after);
	step = index_step(ix, s);
	if (step > 0)
		folder = mem_strdup(index_text(s, 0));
	else if (step < 0)
		*failed = true;
	sqlite3_finalize(s);
	return folder;
}

static int
forget_changed(struct index *ix, const char *folder)
{
	return index_run_text(ix, "DELETE FROM folder_changed WHERE folder = ?",
	    folder);
}

/* Whether FOLDER has no list of checksums; no, where it is no folder. */
static bool
has_no_checksums(int root, const char *folder)
{
	char *list = mem_printf("%s/%s", folder, CHECKSUMS_NAME);
	bool lacking;

	lacking = faccessat(root, list, F_OK, AT_SYMLINK_NOFOLLOW) < 0 &&
	    errno == ENOENT;
	free(list);
	return lacking;
}

/* Whether a file of the index is in FOLDER: 1, 0 or -1. */
static int
has_files(struct index *ix, const char *folder)
{
	sqlite3_stmt *s;
	int found;

	s = prepare_folder(ix, "SELECT 1 FROM file WHERE " IN_FOLDER " LIMIT 1",
	    folder);
	found = index_step(ix, s);
	sqlite3_finalize(s);
	return found;
}

/* Takes away what a killed writer of FOLDER's list left. */
static void
sweep_list(int root, const char *folder)
{
	char *left = mem_printf("%s/%s" PUBLISH_SUFFIX, folder, CHECKSUMS_NAME);
	int dir = -1;

	if (faccessat(root, left, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		dir = file_open_below(root, folder, O_RDONLY | O_DIRECTORY, 0);
	if (dir >= 0) {
		publish_sweep_of(dir, CHECKSUMS_NAME);
		close(dir);
	}
	free(left);
}

/* A folder whose list was lost or taken away counts as changed. */
static int
mark_lacking(struct index *ix)
{
	const int root = ix->archive.fd;
	int fd = openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), found;
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *e;
	bool failed = dir == NULL;

	if (failed)
		msg(ix->archive.path, "reading the archive: %s",
		    strerror(errno));
	while (!failed) {
		errno = 0;
		e = readdir(dir);
		failed = e == NULL && errno != 0;
		if (failed)
			msg(ix->archive.path, "reading the archive: %s",
			    strerror(errno));
		if (e == NULL)
			break;
		if (*e->d_name == '.')
			continue;
		sweep_list(root, e->d_name);
		if (!has_no_checksums(root, e->d_name))
			continue;
		found = has_files(ix, e->d_name);
		failed = found < 0 ||
		    (found > 0 && checksums_mark_changed(ix, e->d_name) < 0);
	}
	if (dir != NULL)
		closedir(dir);
	return failed ? -1 : 0;
}

/* Notes which of the open events FOLDER's list names: 0, 1 where it can't be
 * read, or -1. */
static int
look_at_list(struct index *ix, const char *folder)
{
	struct checksum_list l;
	int got, result = 0;
	char *path;

	if (checksum_list_open_folder(&l, &ix->archive, folder) < 0)
		result = errno != ENOENT;
	while (result == 0 && l.in != NULL) {
		got = checksum_list_next(&l);
		if (got == 0)
			break;
		if (got == -2)
			result = 1;
		if (got <= 0)
			continue;
		path = mem_printf("%s/%s", folder, l.name);
		result = owed_set_listed(ix, path, l.sha256);
		free(path);
	}
	checksum_list_close(&l);
	return result;
}

/* FOLDER, if its list lacks what an open event tells: such a line comes back
 * where it was lost. 0 or -1. */
static int
add_lacking(struct index *ix, const char *folder)
{
	int lacks, unread = look_at_list(ix, folder);

	if (unread != 0)
		return unread < 0 ? -1 : 0;
	lacks = index_ask(ix,
	    "SELECT 1 FROM open_event WHERE path > ?1 || '/' "
	    "AND path < ?1 || '0' AND NOT listed",
	    folder);
	return lacks > 0
	    ? run_folder(ix, "INSERT OR IGNORE INTO to_write VALUES (?)",
		  folder)
	    : lacks;
}

static int
add_owed(struct index *ix)
{
	sqlite3_stmt *s;
	int step;

	s = index_prepare(ix,
	    "SELECT DISTINCT substr(path, 1, instr(path, '/') - 1) AS folder "
	    "FROM open_event WHERE folder NOT IN "
	    "(SELECT folder FROM folder_changed) ORDER BY 1");
	for (step = index_step(ix, s); step > 0; step = index_step(ix, s)) {
		if (add_lacking(ix, index_text(s, 0)) < 0) {
			step = -1;
			break;
		}
	}
	sqlite3_finalize(s);
	return step;
}

/* The folders whose lists are to be written, to temp.to_write. */
static int
collect_folders(struct index *ix)
{
	if (mark_lacking(ix) < 0 || owed_gather(ix) < 0 ||
	    index_exec(ix,
		"CREATE TEMP TABLE IF NOT EXISTS to_write (folder TEXT "
		"PRIMARY KEY) WITHOUT ROWID; DELETE FROM to_write; "
		"INSERT INTO to_write SELECT folder FROM folder_changed") < 0)
		return -1;
	return add_owed(ix);
}

/* FOLDER's list was not written, as WRITTEN says. What is in it as well as the
 * folder's files stays there, and only what was lost from it does not come
 * back. */
static bool
is_held(struct index *ix, const char *folder, int written)
{
	return written > 0 ||
	    (!ix->failed &&
		index_ask(ix, "SELECT 1 FROM folder_changed WHERE folder = ?",
		    folder) == 0);
}

int
checksums_write(struct index *ix)
{
	char *folder = mem_strdup(""), *next;
	bool failed = collect_folders(ix) < 0, held = false;
	int written;

	for (next = next_folder(ix, folder, &failed); next != NULL;
	     next = next_folder(ix, folder, &failed)) {
		free(folder);
		folder = next;
		written = write_folder(ix, folder, NULL);
		if (written != 0 && is_held(ix, folder, written))
			held = true;
		else if (written < 0 || forget_changed(ix, folder) < 0)
			failed = true;
	}
	free(folder);
	return failed ? -1 : held;
}

int
checksums_drop(struct index *ix, const char *folder, const char *path)
{
	return owed_gather(ix) == 0 && write_folder(ix, folder, path) == 0 ? 0
									   : -1;
}
