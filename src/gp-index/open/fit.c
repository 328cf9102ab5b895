#include "gp-index/open/fit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "gp-index/checksums/checksums-name.h"
#include "gp-index/checksums/checksums-read.h"
#include "gp-index/checksums/owed.h"
#include "gp-index/checksums/walk.h"
#include "lib/mem.h"
#include "lib/name.h"
#include "lib/program/msg.h"

struct measuring {
	struct index *ix;
	struct fit *fit;
	sqlite3_stmt *has; /* whether the index knows a path, or bytes */
	sqlite3_stmt *note; /* takes a file that it does not know, or NULL */
};

static int
count_files(struct measuring *m)
{
	struct index *ix = m->ix;
	struct stat st;
	sqlite3_stmt *s;
	int step;

	s = index_prepare(ix, "SELECT path, size FROM file");
	for (step = index_step(ix, s); step > 0; step = index_step(ix, s)) {
		if (fstatat(ix->archive.fd, index_text(s, 0), &st,
			AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode) &&
		    st.st_size == sqlite3_column_int64(s, 1))
			m->fit->found++;
		else
			m->fit->missing++;
	}
	sqlite3_finalize(s);
	return step;
}

/* What a list says of PATH, which may be gone. 0 or -1. */
static int
note_line(struct measuring *m, const char *path, const uint8_t *sha256)
{
	struct stat st;
	bool gone;

	gone = fstatat(m->ix->archive.fd, path, &st, AT_SYMLINK_NOFOLLOW) < 0 &&
	    errno == ENOENT;
	index_bind_text(m->note, 1, path);
	index_bind_digest(m->note, 2, sha256);
	index_bind_int(m->note, 3, gone);
	return index_run(m->ix, m->note);
}

/* A list says that PATH has these bytes. 0 or -1. */
static int
count_line(struct measuring *m, const char *path, const uint8_t *sha256)
{
	char *folded = name_fold(path);
	bool named = false;
	int found;

	index_bind_text(m->has, 1, folded);
	index_bind_digest(m->has, 2, sha256);
	found = index_step(m->ix, m->has);
	if (found > 0)
		named = sqlite3_column_int(m->has, 0) != 0;
	sqlite3_reset(m->has);
	free(folded);
	if (found < 0)
		return -1;
	m->fit->unknown += !named;
	return found == 0 && m->note != NULL ? note_line(m, path, sha256) : 0;
}

static int
count_list(struct measuring *m, const char *folder)
{
	struct checksum_list l;
	int got, result = 0;
	char *path;

	if (checksum_list_open_folder(&l, &m->ix->archive, folder) < 0) {
		checksum_list_close(&l);
		if (errno == ENOENT)
			return 0;
		msg(folder, "SHA256SUMS: %s", strerror(errno));
		return -1;
	}
	for (got = checksum_list_next(&l); result == 0 && got != 0 && got != -2;
	     got = checksum_list_next(&l)) {
		if (got < 0 || !checksums_can_hold(l.name))
			continue;
		path = mem_printf("%s/%s", folder, l.name);
		result = count_line(m, path, l.sha256);
		free(path);
	}
	if (got == -2)
		msg(folder, "SHA256SUMS: %s", strerror(errno));
	checksum_list_close(&l);
	return got == -2 || result < 0 ? -1 : 0;
}

static int
count_lists(struct measuring *m)
{
	enum walked what = WALK_STRANGE;
	struct archive_walk w;
	int result;

	result = walk_init(&w, &m->ix->archive);
	while (result == 0 && what != WALK_END) {
		what = walk_next(&w);
		if (what == WALK_FOLDER)
			result = count_list(m, w.path.data);
		else if (what == WALK_FAILED)
			result = -1;
	}
	walk_release(&w);
	return result;
}

static int
measure(struct index *ix, struct fit *fit, sqlite3_stmt *note)
{
	struct measuring m = { .ix = ix, .fit = fit, .note = note };
	int result;

	memset(fit, 0, sizeof(*fit));
	m.has = index_prepare(ix,
	    "SELECT folded = ?1 FROM file "
	    "WHERE folded = ?1 OR sha256 = ?2 ORDER BY 1 DESC");
	result = count_files(&m) < 0 || count_lists(&m) < 0 ? -1 : 0;
	sqlite3_finalize(m.has);
	return result;
}

int
fit_measure(struct index *ix, struct fit *fit)
{
	return measure(ix, fit, NULL);
}

/* Within a write transaction. */
static int
measure_and_note(struct index *ix, struct fit *fit)
{
	sqlite3_stmt *note;
	int result;

	note = index_prepare(ix,
	    "INSERT OR IGNORE INTO newer VALUES (?, ?, ?)");
	result = measure(ix, fit, note);
	sqlite3_finalize(note);
	return result < 0 || owed_gather(ix) < 0 ? -1 : owed_note(ix, "newer");
}

int
fit_measure_and_note(struct index *ix, struct fit *fit)
{
	if (index_exec(ix,
		"PRAGMA temp_store=FILE;"
		"CREATE TEMP TABLE newer (path TEXT, sha256 BLOB, "
		"gone INTEGER, PRIMARY KEY (path, sha256)) WITHOUT ROWID") <
		0 ||
	    index_begin_write(ix) < 0)
		return -1;
	if (measure_and_note(ix, fit) == 0)
		return index_commit(ix);
	index_rollback(ix);
	return -1;
}
