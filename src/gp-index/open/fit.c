#include "gp-index/open/fit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "gp-index/checksums/checksums-read.h"
#include "gp-index/checksums/walk.h"
#include "lib/mem.h"
#include "lib/name.h"
#include "lib/program/msg.h"

static int
count_files(struct index *ix, struct fit *fit)
{
	struct stat st;
	sqlite3_stmt *s;
	int step;

	s = index_prepare(ix, "SELECT path, size FROM file");
	for (step = index_step(ix, s); step > 0; step = index_step(ix, s)) {
		if (fstatat(ix->archive.fd, index_text(s, 0), &st,
			AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode) &&
		    st.st_size == sqlite3_column_int64(s, 1))
			fit->found++;
		else
			fit->missing++;
	}
	sqlite3_finalize(s);
	return step;
}

/* Line L of FOLDER's list, in PATH: counted, and noted where it is to be, if
 * HAS does not find its file. 0 or -1. */
static int
count_line(struct index *ix, sqlite3_stmt *has, const char *path,
    const struct checksum_list *l, struct fit *fit)
{
	char *folded = name_fold(path);
	bool named = false;
	int found;

	index_bind_text(has, 1, folded);
	index_bind_digest(has, 2, l->sha256);
	found = index_step(ix, has);
	if (found > 0)
		named = sqlite3_column_int(has, 0) != 0;
	sqlite3_reset(has);
	free(folded);
	if (found < 0)
		return -1;
	fit->unknown += !named;
	return found == 0 && fit->notes
	    ? index_event(ix, "unknown", l->sha256, "nas", path)
	    : 0;
}

static int
count_list(struct index *ix, sqlite3_stmt *has, const char *folder,
    struct fit *fit)
{
	struct checksum_list l;
	int got, result = 0;
	char *path;

	if (checksum_list_open_folder(&l, &ix->archive, folder) < 0) {
		checksum_list_close(&l);
		if (errno == ENOENT)
			return 0;
		msg(folder, "SHA256SUMS: %s", strerror(errno));
		return -1;
	}
	for (got = checksum_list_next(&l); result == 0 && got != 0 && got != -2;
	     got = checksum_list_next(&l)) {
		if (got < 0)
			continue;
		path = mem_printf("%s/%s", folder, l.name);
		result = count_line(ix, has, path, &l, fit);
		free(path);
	}
	if (got == -2)
		msg(folder, "SHA256SUMS: %s", strerror(errno));
	checksum_list_close(&l);
	return got == -2 || result < 0 ? -1 : 0;
}

static int
count_lists(struct index *ix, struct fit *fit)
{
	enum walked what = WALK_STRANGE;
	sqlite3_stmt *has;
	struct archive_walk w;
	int result;

	has = index_prepare(ix,
	    "SELECT folded = ?1 FROM file "
	    "WHERE folded = ?1 OR sha256 = ?2 ORDER BY 1 DESC");
	result = walk_init(&w, &ix->archive);
	while (result == 0 && what != WALK_END) {
		what = walk_next(&w);
		if (what == WALK_FOLDER)
			result = count_list(ix, has, w.path.data, fit);
		else if (what == WALK_FAILED)
			result = -1;
	}
	walk_release(&w);
	sqlite3_finalize(has);
	return result;
}

int
fit_measure(struct index *ix, bool notes, struct fit *fit)
{
	memset(fit, 0, sizeof(*fit));
	fit->notes = notes;
	if (count_files(ix, fit) < 0 || count_lists(ix, fit) < 0)
		return -1;
	return 0;
}
