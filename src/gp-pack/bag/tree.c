#include "gp-pack/bag/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/files/fts-folder.h"
#include "lib/files/remove-tree.h"
#include "lib/mem.h"
#include "lib/program/msg.h"

static FTS *
open_tree(const char *path)
{
	char *name = mem_strdup(path);
	char *roots[] = { name, NULL };
	FTS *tree;

	tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	if (tree == NULL)
		msg(path, "cannot be read: %s", strerror(errno));
	free(name);
	return tree;
}

/* Whether E could be read; the reason is said. What is gone by now is no
 * matter: who counts it, looks closer. */
static int
check_entry(const FTSENT *e)
{
	if (e->fts_info != FTS_DNR && e->fts_info != FTS_ERR &&
	    (e->fts_info != FTS_NS || e->fts_errno == ENOENT))
		return 0;
	msg(e->fts_path, "cannot be read: %s", strerror(e->fts_errno));
	return -1;
}

/* Shows VISIT each entry below PATH, and PATH itself, until it returns less
 * than 0; 0, or -1 with the reason said. */
static int
walk(const char *path, int (*visit)(FTS *tree, FTSENT *e, void *arg), void *arg)
{
	FTSENT *e = NULL;
	int result = 0;
	FTS *tree;

	tree = open_tree(path);
	if (tree == NULL)
		return -1;
	while (result == 0) {
		errno = 0;
		e = fts_read(tree);
		if (e == NULL)
			break;
		result = check_entry(e) < 0 ? -1 : visit(tree, e, arg);
	}
	if (e == NULL && errno != 0) {
		msg(path, "cannot be read: %s", strerror(errno));
		result = -1;
	}
	fts_close(tree);
	return result;
}

int
tree_discard(const char *path)
{
	if (remove_tree(path) == 0)
		return 0;
	msg(path, "cannot be removed: %s", strerror(errno));
	return -1;
}

struct sweeping {
	bool (*is_ours)(const char *name);
};

static int
sweep_visited(FTS *tree, FTSENT *e, void *arg)
{
	const struct sweeping *s = arg;

	if (e->fts_level != 1 || e->fts_info == FTS_DP)
		return 0;
	if (e->fts_info == FTS_D)
		fts_set(tree, e, FTS_SKIP);
	return s->is_ours(e->fts_name) ? tree_discard(e->fts_path) : 0;
}

int
tree_sweep(const char *path, bool (*is_ours)(const char *name))
{
	struct sweeping s = { is_ours };

	return walk(path, sweep_visited, &s);
}

/* A file below data/ keeps its times; fts_number says so, and is handed down.
 */
static int
date_visited(FTS *tree, FTSENT *e, void *arg)
{
	const struct timespec *times = arg;
	int result = 0;

	(void)tree;
	if (e->fts_info == FTS_D && e->fts_level == 1)
		e->fts_number = strcmp(e->fts_name, "data") == 0;
	else if (e->fts_level > 1)
		e->fts_number = e->fts_parent->fts_number;
	if (e->fts_info == FTS_DP ||
	    (e->fts_info == FTS_F && e->fts_number == 0))
		result = utimensat(AT_FDCWD, e->fts_accpath, times,
		    AT_SYMLINK_NOFOLLOW);
	if (result < 0)
		msg(e->fts_path, "cannot be dated: %s", strerror(errno));
	return result;
}

int
tree_date(const char *path, int64_t seconds)
{
	struct timespec times[2] = { { .tv_sec = seconds },
		{ .tv_sec = seconds } };

	return walk(path, date_visited, times);
}

struct tree_counts {
	int64_t all, folders;
};

static int
count_visited(FTS *tree, FTSENT *e, void *arg)
{
	struct tree_counts *n = arg;
	int error = e->fts_info == FTS_D ? fts_folder_check(tree, e)
	    : e->fts_info == FTS_NS	 ? e->fts_errno
					 : 0;

	n->all += e->fts_info != FTS_DP;
	n->folders += e->fts_info == FTS_D;
	if (error != 0)
		msg(e->fts_path, "cannot be read: %s",
		    fts_folder_reason(error));
	return error != 0 ? -1 : 0;
}

int
tree_count(const char *path, int64_t *all, int64_t *folders)
{
	struct tree_counts n = { 0, 0 };
	int result = walk(path, count_visited, &n);

	*all = n.all;
	*folders = n.folders;
	return result;
}

int
tree_make_parents(int dirfd, const char *name)
{
	const char *slash;
	char *folder;
	int result = 0;

	for (slash = strchr(name, '/'); slash != NULL && result == 0;
	     slash = strchr(slash + 1, '/')) {
		folder = mem_strndup(name, (size_t)(slash - name));
		if (mkdirat(dirfd, folder, 0777) < 0 && errno != EEXIST)
			result = -1;
		free(folder);
	}
	return result;
}
