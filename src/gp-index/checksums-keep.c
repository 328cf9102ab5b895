#include "gp-index/checksums-keep.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "gp-index/checksums-read.h"
#include "gp-index/checksums-write.h"
#include "gp-index/owed.h"
#include "lib/file.h"
#include "lib/mem.h"
#include "lib/msg.h"
#include "lib/name.h"
#include "lib/publish.h"

/* A line of the list goes to temp.kept. 1 when its name stands there already,
 * or -1. */
static int
add_line(struct index *ix, sqlite3_stmt *add, const char *folder,
    const struct checksum_list *l)
{
	char *path = mem_printf("%s/%s", folder, l->name);
	char *folded = name_fold(path);
	int result;

	index_bind_text(add, 1, path);
	index_bind_text(add, 2, folded);
	index_bind_digest(add, 3, l->sha256);
	result = index_run(ix, add);
	if (result == 0 && sqlite3_changes(ix->db) == 0)
		result = 1;
	free(folded);
	free(path);
	return result;
}

/* All lines; how many are none of ours, or -1 with the reason said. */
static int64_t
read_lines(struct index *ix, const char *folder, struct checksum_list *l)
{
	sqlite3_stmt *add;
	int64_t strange = 0;
	int got = 0, added = 0;

	add = index_prepare(ix, "INSERT OR IGNORE INTO kept VALUES (?, ?, ?)");
	while (added >= 0) {
		got = checksum_list_next(l);
		if (got == 0 || got == -2)
			break;
		added = 1;
		if (got > 0 && checksums_can_hold(l->name))
			added = add_line(ix, add, folder, l);
		if (added > 0)
			strange++;
	}
	if (got == -2)
		msg(folder, "%s stays as it is, for it can't be read: %s",
		    CHECKSUMS_NAME, strerror(errno));
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
	if (file_copy(fd, fileno(p.out)) < 0) {
		publish_abandon(&p);
		return -1;
	}
	return publish_commit(&p);
}

/* Keeps the whole list, N lines of which a new one won't have. */
static int
set_aside(struct index *ix, int dir, const char *folder, int64_t n)
{
	int fd, quarantine = repo_folder(&ix->archive, "quarantine");
	char *name = NULL;
	bool failed;

	fd = openat(dir, CHECKSUMS_NAME, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0)
		name = name_aside(fd);
	failed = quarantine < 0 || name == NULL ||
	    copy_aside(fd, quarantine, name) < 0;
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

/* The list, whole, to temp.kept. */
static int
load(struct index *ix, int dir, const char *folder)
{
	struct checksum_list l;
	int64_t strange = 0;

	if (checksum_list_open_folder(&l, &ix->archive, folder) == 0) {
		strange = read_lines(ix, folder, &l);
	} else if (errno != ENOENT) {
		msg(folder, "%s stays as it is, for it can't be read: %s",
		    CHECKSUMS_NAME, strerror(errno));
		strange = -1;
	}
	checksum_list_close(&l);
	return strange > 0 ? set_aside(ix, dir, folder, strange) : (int)strange;
}

/* What is gone from DIR, but has its bytes under another name, needs no line;
 * all else of PATH gets its event, once. */
static int
judge(struct index *ix, sqlite3_stmt *s, int dir, const char *path,
    bool elsewhere)
{
	uint8_t sha256[DIGEST_SIZE];
	sqlite3_stmt *note;
	struct stat st;
	bool gone;
	int result;

	gone = fstatat(dir, strchr(path, '/') + 1, &st, AT_SYMLINK_NOFOLLOW) <
		0 &&
	    errno == ENOENT;
	note = index_prepare(ix,
	    gone && elsewhere
		? "DELETE FROM kept WHERE path = ?2"
		: "INSERT INTO event (at, kind, file, copy, detail) "
		  "SELECT ?3, ?4, ?1, 'nas', ?2 WHERE NOT EXISTS (SELECT 1 "
		  "FROM event e WHERE e.file = ?1 AND e.detail = ?2 "
		  "AND " OWED_OPEN ")");
	if (index_digest(s, 1, sha256))
		index_bind_digest(note, 1, sha256);
	index_bind_text(note, 2, path);
	if (sqlite3_bind_parameter_count(note) > 2) {
		index_bind_int(note, 3, time(NULL));
		index_bind_text(note, 4, gone ? "missing" : "unknown");
	}
	result = index_run(ix, note);
	sqlite3_finalize(note);
	return result;
}

/* Row by row, for a row may go. */
static int
judge_all(struct index *ix, int dir)
{
	char *last = mem_strdup("");
	sqlite3_stmt *s;
	int step;

	s = index_prepare(ix,
	    "SELECT path, sha256, EXISTS (SELECT 1 FROM file f "
	    "WHERE f.sha256 = k.sha256) FROM kept k "
	    "WHERE path > ? ORDER BY path LIMIT 1");
	for (;;) {
		index_bind_text(s, 1, last);
		step = index_step(ix, s);
		if (step <= 0)
			break;
		free(last);
		last = mem_strdup(index_text(s, 0));
		step = judge(ix, s, dir, last, sqlite3_column_int(s, 2) != 0);
		sqlite3_reset(s);
		if (step < 0)
			break;
	}
	sqlite3_finalize(s);
	free(last);
	return step;
}

/* Takes PATH out of what is kept. */
static int
unkeep(struct index *ix, const char *path)
{
	sqlite3_stmt *s;
	int result;

	s = index_prepare(ix, "DELETE FROM kept WHERE path = ?");
	index_bind_text(s, 1, path);
	result = index_run(ix, s);
	sqlite3_finalize(s);
	return result;
}

int
checksums_keep(struct index *ix, int dir, const char *folder,
    const char *dropped)
{
	if (index_exec(ix,
		"CREATE TEMP TABLE IF NOT EXISTS kept (path TEXT PRIMARY KEY, "
		"folded TEXT, sha256 BLOB) WITHOUT ROWID;"
		"DELETE FROM kept") < 0 ||
	    load(ix, dir, folder) < 0 ||
	    index_exec(ix,
		"DELETE FROM kept WHERE EXISTS (SELECT 1 FROM file f "
		"WHERE f.folded = kept.folded AND f.path = kept.path)") < 0)
		return -1;
	if (dropped != NULL && unkeep(ix, dropped) < 0)
		return -1;
	return judge_all(ix, dir);
}
