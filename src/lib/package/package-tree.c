/* An unpacked tree: members are the files below it; no link is followed. */
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/files/file.h"
#include "lib/files/fts-folder.h"
#include "lib/mem.h"
#include "lib/package/package-format.h"

struct tree_package {
	FTS *fts; /* once package_next() was asked for */
	char *root;
	size_t root_len; /* with the slash behind it */
	int dir; /* the root */
	int fd; /* of the member at hand, once it is read; -1 */
	char *name; /* of the member at hand; owned */
	char *bad; /* the first folder that can't be read, and why; or NULL */
	size_t bad_more; /* how many others can't */
	char *bad_last; /* the last of them */
};

static int
by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static int
take(struct tree_package *t, const char *name, const struct stat *st,
    struct package_member *m)
{
	char *copy = mem_strdup(name);

	if (t->fd >= 0)
		close(t->fd);
	t->fd = -1;
	free(t->name);
	m->name = t->name = copy;
	m->type = S_ISREG(st->st_mode) ? PACKAGE_FILE
	    : S_ISDIR(st->st_mode)     ? PACKAGE_FOLDER
	    : S_ISLNK(st->st_mode)     ? PACKAGE_LINK
				       : PACKAGE_OTHER;
	m->size = (int64_t)st->st_size;
	m->mtime = (int64_t)st->st_mtim.tv_sec;
	return 1;
}

static int
walk(struct package *p, struct tree_package *t)
{
	char *roots[] = { t->root, NULL };

	t->fts = fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR,
	    by_name);
	return t->fts != NULL ? 0 : package_fail(p, "%s", strerror(errno));
}

/* Notes that PATH can't be read, for when the rest was walked; fts may show it
 * once more for that. */
static void
note_bad(struct tree_package *t, const char *path, const char *why)
{
	mem_check();
	if (t->bad_last != NULL && strcmp(t->bad_last, path) == 0)
		return;
	free(t->bad_last);
	t->bad_last = mem_strdup(path);
	if (t->bad == NULL)
		t->bad = mem_printf("%s: %s", path, why);
	else
		t->bad_more++;
}

static void
check_folder(struct tree_package *t, const FTSENT *e)
{
	int error = fts_folder_check(t->fts, e);

	if (error != 0)
		note_bad(t, e->fts_path, fts_folder_reason(error));
}

/* The end of the walk: whole only where every folder was read. */
static int
end(struct package *p, const struct tree_package *t)
{
	if (t->bad == NULL)
		return 0;
	if (t->bad_more == 0)
		return package_fail(p, "%s", t->bad);
	return package_fail(p, "%s, and %zu more that can't be read", t->bad,
	    t->bad_more);
}

static bool
is_member(const FTSENT *e)
{
	return e->fts_level > 0 && e->fts_info != FTS_DP &&
	    e->fts_info != FTS_DNR && e->fts_info != FTS_ERR &&
	    e->fts_info != FTS_NS;
}

static int
next(struct package *p, struct package_member *m)
{
	struct tree_package *t = p->state;
	FTSENT *e;

	if (t->fts == NULL && walk(p, t) < 0)
		return -1;
	for (;;) {
		errno = 0;
		e = fts_read(t->fts);
		if (e == NULL && errno == 0)
			return end(p, t);
		if (e == NULL)
			return package_fail(p, "%s", strerror(errno));
		if (e->fts_info == FTS_DNR || e->fts_info == FTS_ERR ||
		    e->fts_info == FTS_NS)
			note_bad(t, e->fts_path, strerror(e->fts_errno));
		else if (e->fts_info == FTS_D)
			check_folder(t, e);
		if (is_member(e))
			return take(t, e->fts_path + t->root_len, e->fts_statp,
			    m);
	}
}

static int
find(struct package *p, const char *name, const struct package_member *like,
    struct package_member *m)
{
	struct tree_package *t = p->state;
	struct stat st;
	int fd, error;

	(void)like; /* a file has a name of its own */
	fd = file_open_below(t->dir, name, O_RDONLY | O_NONBLOCK, 0);
	if (fd < 0 || fstat(fd, &st) < 0) {
		error = errno;
		if (fd >= 0)
			close(fd);
		return error == ENOENT ? 0
				       : package_fail(p, "%s", strerror(error));
	}
	take(t, name, &st, m);
	t->fd = fd;
	return 1;
}

static ssize_t
read_member(struct package *p, void *buf, size_t n)
{
	struct tree_package *t = p->state;
	ssize_t got;

	if (t->fd < 0)
		t->fd = file_open_below(t->dir, t->name, O_RDONLY | O_NONBLOCK,
		    0);
	if (t->fd < 0)
		return package_fail(p, "%s", strerror(errno));
	got = file_read_full(t->fd, buf, n);
	return got < 0 ? package_fail(p, "%s", strerror(errno)) : got;
}

static void
close_tree(struct package *p)
{
	struct tree_package *t = p->state;

	if (t->fts != NULL)
		fts_close(t->fts);
	if (t->fd >= 0)
		close(t->fd);
	close(t->dir);
	free(t->name);
	free(t->bad);
	free(t->bad_last);
	free(t->root);
	free(t);
}

int
package_open_tree(struct package *p, const char *path)
{
	static const struct package_ops ops = { next, find, read_member,
		close_tree };
	struct tree_package *t;
	int dir;

	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return errno == ENOTDIR
		    ? 0
		    : package_fail(p, "%s", strerror(errno));
	t = mem_alloc(sizeof(*t));
	t->dir = dir;
	t->fd = -1;
	t->bad = t->bad_last = NULL;
	t->bad_more = 0;
	t->root = mem_strdup(path);
	t->root_len = strlen(path);
	while (t->root_len > 1 && t->root[t->root_len - 1] == '/')
		t->root[--t->root_len] = '\0';
	if (strcmp(t->root, "/") != 0)
		t->root_len++;
	p->state = t;
	p->ops = &ops;
	return 1;
}
