/*
 * --backup FILE: a copy of the index as it is at one moment, while others go
 * on writing. It is made beside FILE, checked, and then gets its name.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gp-index/db/snapshot.h"
#include "gp-index/modes/modes.h"
#include "gp-index/open/in-place.h"
#include "gp-index/open/open.h"
#include "lib/archive/repo-index.h"
#include "lib/files/file.h"
#include "lib/files/path.h"
#include "lib/files/publish.h"
#include "lib/mem.h"
#include "lib/program/msg.h"

static const char magic[16] = "SQLite format 3";

/* Whether the database at PATH is an earlier backup of this index. One that an
 * earlier gp made names no archive, and no more does a stranger's database: so
 * neither is taken for it. */
static int
check_earlier(const struct index *ix, const char *path)
{
	char id[REPO_ID_SIZE];

	if (repo_index_id(path, id) < 0)
		return -1;
	if (strcmp(id, ix->archive.id) == 0)
		return 0;
	msg(path,
	    "is there and is no earlier backup of this archive's index: choose "
	    "another name");
	return -1;
}

/* Whether PATH may be replaced: nothing is there, or an earlier backup, but
 * not the index itself (nor a photo, by a slip of the keyboard). */
static int
check_target(const struct index *ix, const char *path)
{
	struct stat st, own;
	char head[sizeof(magic)];
	ssize_t n;
	int fd;

	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0) {
		msg(path, "%s", strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	if (stat(ix->path, &own) < 0) {
		msg(ix->path, "%s", strerror(errno));
		close(fd);
		return -1;
	}
	n = S_ISREG(st.st_mode) ? file_read_full(fd, head, sizeof(head)) : 0;
	close(fd);
	if (file_is_same(&st, &own)) {
		msg(path, "this is the index itself");
		return -1;
	}
	if (n == (ssize_t)sizeof(head) &&
	    memcmp(head, magic, sizeof(head)) == 0)
		return check_earlier(ix, path);
	msg(path, "is there and is no database: choose another name");
	return -1;
}

static int
backup(struct index *ix, const char *path)
{
	struct publish p;
	int result;

	if (publish_begin_aside(&p, path) < 0) {
		if (file_lock_is_missing(errno))
			msg(path,
			    "%s" PUBLISH_SUFFIX " is there, and its disk has "
			    "no file locks: if no other backup is at work, "
			    "remove it",
			    path_base(path));
		else
			msg(path, "%s", strerror(errno));
		return -1;
	}
	/* what killed ones left; nobody else looks there */
	publish_sweep_aside(p.dir);
	result = snapshot(ix, p.aside);
	/* it would be read with the copy */
	if (result == 0)
		result = in_place_clear_tails(path, "stale");
	if (result < 0) {
		publish_abandon(&p);
		return -1;
	}
	result = publish_commit(&p);
	if (result < 0)
		msg(path, "%s", strerror(errno));
	return result;
}

/* Where FILE leads, if it is a link, else FILE; the caller frees. NULL with the
 * reason said. */
static char *
target_of(const char *file)
{
	struct stat st;
	char *real;

	if (lstat(file, &st) < 0 || !S_ISLNK(st.st_mode))
		return mem_strdup(file);
	if (repo_index_is_astray(file))
		return NULL;
	real = realpath(file, NULL);
	if (real == NULL)
		msg(file, "%s", strerror(errno));
	return real;
}

enum status
mode_backup(const struct index_options *opt)
{
	struct index ix;
	char *path;
	bool failed;

	if (*opt->file == '\0')
		cli_usage(&opt->cli, "--backup needs a file name");
	if (index_open(&ix, opt->cli.archive, INDEX_READ) < 0)
		return STATUS_STOPPED;
	path = target_of(opt->file);
	failed = path == NULL || check_target(&ix, path) < 0 ||
	    backup(&ix, path) < 0;
	free(path);
	index_close(&ix);
	return failed ? STATUS_STOPPED : STATUS_DONE;
}
