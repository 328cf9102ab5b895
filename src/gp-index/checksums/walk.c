#include "gp-index/checksums/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "gp-index/checksums/checksums-name.h"
#include "lib/archive/litter.h"
#include "lib/files/publish.h"
#include "lib/mem.h"
#include "lib/program/msg.h"

static const char *const own[] = { ".gp", REPO_BURN, REPO_ARCHIVED };

/* of the archive's own, at its top */
static bool
is_own(const char *name)
{
	size_t i;

	for (i = 0; i < COUNT(own); i++) {
		if (strcmp(name, own[i]) == 0)
			return true;
	}
	return false;
}

static bool
is_left_out(const char *name, bool top)
{
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return true;
	if (top)
		return is_own(name);
	return strcmp(name, CHECKSUMS_NAME) == 0 ||
	    strcmp(name, CHECKSUMS_NAME PUBLISH_SUFFIX) == 0;
}

static DIR *
open_dir(int at, const char *name)
{
	DIR *dir;
	int fd;

	fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	dir = fdopendir(fd);
	if (dir == NULL)
		close(fd);
	return dir;
}

int
walk_init(struct archive_walk *w, const struct repo *a)
{
	w->archive = a;
	w->folder = NULL;
	w->folder_len = 0;
	w->ended = false;
	w->litter = 0;
	w->wanted = NULL;
	w->arg = NULL;
	buf_init(&w->path, 2 * (NAME_MAX + 1));
	w->root = open_dir(a->fd, ".");
	if (w->root == NULL)
		msg(a->path, "reading the archive: %s", strerror(errno));
	return w->root != NULL ? 0 : -1;
}

void
walk_release(struct archive_walk *w)
{
	if (w->folder != NULL)
		closedir(w->folder);
	if (w->root != NULL)
		closedir(w->root);
	buf_release(&w->path);
}

/* Of NAME, in the folder that is being read. */
static void
set_path(struct archive_walk *w, const char *name)
{
	buf_truncate(&w->path, w->folder_len);
	if (w->folder_len > 0)
		buf_addc(&w->path, '/');
	buf_adds(&w->path, name);
}

/* What machines leave at PATH is counted, and named with -v. */
static void
pass_over(struct archive_walk *w)
{
	w->litter++;
	msg_at(1, w->path.data, "passed over: machines leave it");
}

static void
leave_folder(struct archive_walk *w)
{
	if (w->folder == NULL) {
		w->ended = true;
		return;
	}
	closedir(w->folder);
	w->folder = NULL;
	w->folder_len = 0;
}

static enum walked
fail(struct archive_walk *w)
{
	msg(w->path.len > 0 ? w->path.data : w->archive->path,
	    "reading the folder: %s", strerror(errno));
	return WALK_FAILED;
}

/* Looks at NAME, an entry of DIR. An entry that went meanwhile is passed over
 * (*PASSED), and so is a machine's own folder at the top: .stfolder and the
 * like. */
static enum walked
look(struct archive_walk *w, DIR *dir, const char *name, bool *passed)
{
	*passed = false;
	set_path(w, name);
	if (fstatat(dirfd(dir), name, &w->st, AT_SYMLINK_NOFOLLOW) < 0) {
		*passed = errno == ENOENT;
		return *passed ? WALK_END : fail(w);
	}
	if (w->folder_len > 0)
		return S_ISREG(w->st.st_mode) ? WALK_FILE : WALK_STRANGE;
	if (!S_ISDIR(w->st.st_mode))
		return WALK_STRANGE;
	if (*name == '.') {
		pass_over(w);
		*passed = true;
		return WALK_END;
	}
	w->folder = open_dir(w->archive->fd, name);
	if (w->folder == NULL)
		return fail(w);
	w->folder_len = w->path.len;
	return WALK_FOLDER;
}

/* Whether the caller takes what PATH says, though it is litter. */
static bool
is_wanted(const struct archive_walk *w)
{
	return w->folder != NULL && w->wanted != NULL &&
	    w->wanted(w->arg, w->path.data);
}

/* Passes over NAME if it is litter that nobody wants. */
static bool
pass_litter(struct archive_walk *w, const char *name)
{
	if (!litter_is(name))
		return false;
	set_path(w, name);
	if (is_wanted(w))
		return false;
	pass_over(w);
	return true;
}

enum walked
walk_next(struct archive_walk *w)
{
	enum walked what;
	struct dirent *e;
	DIR *dir;
	bool passed;

	while (!w->ended) {
		dir = w->folder != NULL ? w->folder : w->root;
		errno = 0;
		e = readdir(dir);
		if (e == NULL && errno != 0) {
			what = fail(w);
			leave_folder(w);
			return what;
		}
		if (e == NULL) {
			leave_folder(w);
			continue;
		}
		if (is_left_out(e->d_name, w->folder == NULL))
			continue;
		if (pass_litter(w, e->d_name))
			continue;
		what = look(w, dir, e->d_name, &passed);
		if (!passed)
			return what;
	}
	return WALK_END;
}

void
walk_skip(struct archive_walk *w)
{
	if (w->folder != NULL)
		leave_folder(w);
}

const char *
walk_type(const struct stat *st)
{
	if (S_ISLNK(st->st_mode))
		return "a link";
	if (S_ISDIR(st->st_mode))
		return "a folder";
	if (S_ISREG(st->st_mode))
		return "a file outside the archive's folders";
	return "no regular file";
}
