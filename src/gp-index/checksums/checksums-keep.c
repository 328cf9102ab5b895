#include "gp-index/checksums/checksums-keep.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gp-index/checksums/checksums-name.h"
#include "gp-index/checksums/checksums-read.h"
#include "gp-index/checksums/owed.h"
#include "gp-index/checksums/unlisted.h"
#include "lib/files/file.h"
#include "lib/files/path.h"
#include "lib/files/publish.h"
#include "lib/mem.h"
#include "lib/name.h"
#include "lib/program/msg.h"

#define LINES_SHOWN 5 /* lines named */

/* That the file at PATH has these bytes, to temp.kept: 1 when that stands there
 * already, 0, or -1. */
static int
add_line(struct index *ix, sqlite3_stmt *add, const char *path,
    const uint8_t sha256[static DIGEST_SIZE])
{
	char *folded = name_fold(path);
	int result;

	index_bind_text(add, 1, path);
	index_bind_text(add, 2, folded);
	index_bind_digest(add, 3, sha256);
	result = index_run(ix, add);
	if (result == 0 && sqlite3_changes(ix->db) == 0)
		result = 1;
	free(folded);
	return result;
}

static sqlite3_stmt *
prepare_add(struct index *ix)
{
	return index_prepare(ix, "INSERT OR IGNORE INTO kept VALUES (?, ?, ?)");
}

/* All lines; how many are none of ours, or -1 with the reason said. */
static int64_t
read_lines(struct index *ix, const char *folder, struct checksum_list *l)
{
	sqlite3_stmt *add;
	int64_t strange = 0;
	int got = 0, added = 0;
	char *path;

	add = prepare_add(ix);
	while (added >= 0) {
		got = checksum_list_next(l);
		if (got == 0 || got == -2)
			break;
		added = 1;
		if (got > 0 && checksums_can_hold(l->name)) {
			path = mem_printf("%s/%s", folder, l->name);
			added = add_line(ix, add, path, l->sha256);
			free(path);
		}
		if (added > 0)
			strange++;
	}
	if (got == -2)
		msg(folder, "%s stays as it is, for it can't be read: %s",
		    CHECKSUMS_NAME, checksum_list_reason(errno));
	sqlite3_finalize(add);
	return got == -2 || added < 0 ? -1 : strange;
}

/* The name under which the list at FD is kept aside: the same bytes are kept
 * once. The caller frees; NULL with errno. */
static char *
name_aside(int fd)
{
	struct digest *d = digest_new();
	uint8_t sha256[DIGEST_SIZE];
	char hex[DIGEST_HEX];
	int result;

	result = digest_fd(d, fd, sha256, NULL);
	digest_free(d);
	if (result < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return NULL;
	digest_hex(sha256, hex);
	return mem_printf("%s-%.16s", CHECKSUMS_NAME, hex);
}

/* Copies the list at FD to NAME below QUARANTINE; 0, or -1 with errno. */
static int
copy_aside(int fd, int quarantine, const char *name)
{
	struct publish p;

	if (publish_begin(&p, quarantine, name, 0666) < 0)
		return -1;
	if (file_copy(fd, fileno(p.out), NULL) < 0) {
		publish_abandon(&p);
		return -1;
	}
	return publish_commit(&p);
}

/* Keeps the whole list, N lines of which a new one won't have. */
static int
set_aside(struct index *ix, int dir, const char *folder, int64_t n)
{
	int fd = -1, quarantine = repo_folder(&ix->archive, "quarantine");
	char *name = NULL;
	bool failed;

	if (quarantine >= 0)
		fd = openat(dir, CHECKSUMS_NAME,
		    O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0)
		name = name_aside(fd);
	failed = name == NULL || copy_aside(fd, quarantine, name) < 0;
	if (failed)
		msg(folder,
		    "%s stays as it is, for it can't be copied to "
		    ".gp/quarantine: %s",
		    CHECKSUMS_NAME, strerror(errno));
	else
		msg(folder,
		    "%s has %lld lines that are none of gp's: written anew "
		    "without them; as it was, it is kept as "
		    ".gp/quarantine/%s",
		    CHECKSUMS_NAME, (long long)n, name);
	if (fd >= 0)
		close(fd);
	if (quarantine >= 0)
		close(quarantine);
	free(name);
	return failed ? -1 : 0;
}

/* Lines k for whose file the index has another sum, and whose bytes nothing
 * that is stored has. CROSS: line by line, not through all files of the
 * archive. */
#define CONTRADICTED                                                           \
	"kept k CROSS JOIN file f ON f.folded = k.folded "                     \
	"AND f.path = k.path WHERE f.sha256 <> k.sha256 "                      \
	"AND NOT EXISTS (SELECT 1 FROM file o WHERE o.sha256 = k.sha256)"

/* Those of them that nobody was told of. */
#define UNTOLD                                                                 \
	CONTRADICTED                                                           \
	" AND (k.sha256, k.path) NOT IN (SELECT file, detail FROM event "      \
	"WHERE kind = 'contradicted' AND file IS NOT NULL "                    \
	"AND detail IS NOT NULL) ORDER BY k.path"

static int
say_contradicted(struct index *ix, const char *folder, const char *dropped)
{
	sqlite3_stmt *s = index_prepare(ix, "SELECT k.path FROM " UNTOLD);
	int step, n = 0;

	for (step = index_step(ix, s); step > 0; step = index_step(ix, s)) {
		if (n++ < LINES_SHOWN && dropped == NULL)
			msg(index_text(s, 0),
			    "%s has another sum of it than the index, and "
			    "which is right gp can't tell: both stay. Look at "
			    "the file; where it is good: gp-index --accept "
			    "'%s' REASON",
			    CHECKSUMS_NAME, index_text(s, 0));
	}
	sqlite3_finalize(s);
	if (n > LINES_SHOWN && dropped == NULL)
		msg(folder, "and %d more: gp-index --check names them",
		    n - LINES_SHOWN);
	return step < 0 ? -1 : n > 0;
}

static int
note_contradicted(struct index *ix, const char *folder, const char *dropped)
{
	int untold = say_contradicted(ix, folder, dropped);

	if (untold <= 0)
		return untold;
	return index_exec(ix,
	    "INSERT OR IGNORE INTO open_event (path, file) "
	    "SELECT k.path, k.sha256 FROM " UNTOLD
	    "; INSERT INTO event (at, kind, file, copy, detail) "
	    "SELECT " INDEX_NOW ", 'contradicted', k.sha256, 'nas', k.path "
	    "FROM " UNTOLD);
}

/* What a list said so once and says no more, for it was lost, say. */
static int
bring_back(struct index *ix, const char *folder)
{
	sqlite3_stmt *s, *add = prepare_add(ix);
	uint8_t sha256[DIGEST_SIZE];
	int step;

	s = index_prepare(ix,
	    "SELECT file, path FROM open_event WHERE path > ?1 || '/' "
	    "AND path < ?1 || '0'");
	index_bind_text(s, 1, folder);
	for (step = index_step(ix, s); step > 0; step = index_step(ix, s)) {
		if (!index_digest(s, 0, sha256) ||
		    !checksums_can_hold(path_base(index_text(s, 1))))
			continue;
		if (add_line(ix, add, index_text(s, 1), sha256) < 0) {
			step = -1;
			break;
		}
	}
	sqlite3_finalize(s);
	sqlite3_finalize(add);
	return step;
}

/* Of what the index has too, those lines alone that contradict it and that
 * nothing settled. */
static int
keep_contradicted(struct index *ix)
{
	return index_exec(ix,
	    "DELETE FROM kept WHERE EXISTS (SELECT 1 FROM file f "
	    "WHERE f.folded = kept.folded AND f.path = kept.path) "
	    "AND NOT EXISTS (SELECT 1 FROM open_event o "
	    "WHERE o.path = kept.path AND o.file = kept.sha256)");
}

/* STRANGE lines, none of ours, won't be in a new list: it goes aside first; 1
 * where the list stays. */
static int
save_strange(struct index *ix, int dir, const char *folder, int64_t strange)
{
	int holds = strange > 0 ? unlisted_holds(ix, folder) : 0;

	if (holds != 0)
		return holds;
	return strange > 0 ? set_aside(ix, dir, folder, strange) : 0;
}

/* The list, whole, to temp.kept; 1 where it must stay as it is. */
static int
load(struct index *ix, int dir, const char *folder)
{
	struct checksum_list l;
	int64_t strange = 0;

	if (checksum_list_open_folder(&l, &ix->archive, folder) == 0) {
		strange = read_lines(ix, folder, &l);
	} else if (errno != ENOENT) {
		msg(folder, "%s stays as it is, for it can't be read: %s",
		    CHECKSUMS_NAME, checksum_list_reason(errno));
		strange = -1;
	}
	checksum_list_close(&l);
	return strange < 0 ? -1 : save_strange(ix, dir, folder, strange);
}

/* Notes whether what PATH names is gone from DIR. */
static int
note_gone(struct index *ix, sqlite3_stmt *note, int dir, const char *path)
{
	struct stat st;
	bool there;

	there = fstatat(dir, path_base(path), &st, AT_SYMLINK_NOFOLLOW) == 0 ||
	    errno != ENOENT;
	index_bind_text(note, 1, path);
	index_bind_int(note, 2, !there);
	return index_run(ix, note);
}

/* Which of the files are gone, row by row to temp.looked_at. */
static int
look(struct index *ix, int dir)
{
	sqlite3_stmt *s, *note;
	int step;

	s = index_prepare(ix, "SELECT DISTINCT path FROM kept");
	note = index_prepare(ix, "INSERT INTO looked_at VALUES (?, ?)");
	for (step = index_step(ix, s); step > 0; step = index_step(ix, s)) {
		if (note_gone(ix, note, dir, index_text(s, 0)) < 0) {
			step = -1;
			break;
		}
	}
	sqlite3_finalize(s);
	sqlite3_finalize(note);
	return step;
}

/* What is gone from DIR, but has its bytes under another name, needs no line;
 * all else gets its event, once. */
static int
note_unknown(struct index *ix, int dir)
{
	if (look(ix, dir) < 0)
		return -1;
	if (index_exec(ix,
		"DELETE FROM kept WHERE sha256 IN (SELECT sha256 FROM file) "
		"AND path IN (SELECT path FROM looked_at WHERE gone)") < 0)
		return -1;
	return owed_note(ix, "kept JOIN looked_at USING (path)");
}

int
checksums_keep(struct index *ix, int dir, const char *folder,
    const char *dropped)
{
	int loaded;

	if (index_exec(ix,
		"CREATE TEMP TABLE IF NOT EXISTS kept (path TEXT, folded TEXT, "
		"sha256 BLOB, PRIMARY KEY (path, sha256)) WITHOUT ROWID;"
		"CREATE TEMP TABLE IF NOT EXISTS looked_at (path TEXT PRIMARY "
		"KEY, "
		"gone INTEGER) WITHOUT ROWID;"
		"DELETE FROM kept; DELETE FROM looked_at") < 0)
		return -1;
	loaded = load(ix, dir, folder);
	if (loaded != 0)
		return loaded;
	if (note_contradicted(ix, folder, dropped) < 0 ||
	    bring_back(ix, folder) < 0 || keep_contradicted(ix) < 0)
		return -1;
	if (note_unknown(ix, dir) < 0)
		return -1;
	/* its sums have their events by now, or are stored */
	return dropped == NULL
	    ? 0
	    : index_run_text(ix, "DELETE FROM kept WHERE path = ?", dropped);
}
