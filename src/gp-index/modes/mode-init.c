/*
 * --init: makes an archive of an empty folder, once. Its id is there first, so
 * that a crash leaves either no archive or one without an index, which the next
 * --init makes.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gp-index/db/lock.h"
#include "gp-index/modes/modes.h"
#include "gp-index/open/in-place.h"
#include "gp-index/open/open.h"
#include "lib/archive/repo-index.h"
#include "lib/program/msg.h"

/* Whether A may become an archive. 0, or -1 with the reason said. */
static int
check_empty(const struct repo *a)
{
	char *name = NULL, *path = repo_index_path(a);
	int result = 0;

	if (repo_is_empty(a, &name) != 1) {
		if (name != NULL)
			msg(a->path,
			    "is not empty (%s): `gp-index --init` makes an "
			    "archive of a new or empty folder; to take up one "
			    "that lost its index, see `gp-index --rebuild`",
			    name);
		result = -1;
	} else if (euidaccess(path, F_OK) == 0) {
		result = repo_index_mismatch(a, path);
	}
	free(name);
	free(path);
	return result;
}

/* Whether A has files and GP_INDEX an index: if it knows them, A has lost its
 * id. */
static bool
may_lack_id(const struct repo *a)
{
	char *path = repo_index_path(a);
	const bool there = repo_index_is_named() && euidaccess(path, F_OK) == 0;

	free(path);
	return there && repo_is_empty(a, NULL) == 0;
}

/* Whether A is an archive, of this gp or, by the index inside, of an earlier
 * one; try_index() has the last word. */
static bool
is_archive(const struct repo *a)
{
	return a->gp >= 0 &&
	    (*a->id != '\0' || faccessat(a->gp, "index.db", F_OK, 0) == 0 ||
		may_lack_id(a));
}

/* What this run made itself, and takes away again where it fails. */
struct made {
	int folder;
	bool gp, id, index;
};

/* Whether the index of A can be used, which is there; A has an id then. */
static int
try_index(struct repo *a)
{
	struct index ix;

	if (index_open(&ix, a->path, INDEX_WRITE) < 0)
		return -1;
	memcpy(a->id, ix.archive.id, sizeof(a->id));
	index_close(&ix);
	return 0;
}

/* Makes the index of A where it has none. */
static int
make_index(const struct repo *a, struct made *made)
{
	char *name = NULL, *path = repo_index_path(a);
	int error, result = 0;

	if (euidaccess(path, F_OK) < 0) {
		error = errno;
		if (repo_index_is_astray(path) ||
		    (error == ENOENT && repo_index_is_second(a, path)))
			result = -1;
		else if (error != ENOENT || *a->id == '\0' ||
		    repo_is_empty(a, &name) != 1)
			result = repo_index_refuse(a, path, error);
		else
			result = index_make(a, path);
		made->index = result == 0;
	}
	free(name);
	free(path);
	return result;
}

/* Makes what A lacks, with the lock held; who came first may have made it. */
static int
make_archive(struct repo *a, struct made *made)
{
	struct repo now;

	if (repo_open(&now, a->path) < 0)
		return -1;
	repo_close(a);
	*a = now;
	if (!is_archive(a)) {
		/* it may be there though it can't be told to be durable */
		made->id = true;
		if (repo_name(a, NULL) < 0)
			return -1;
	}
	if (make_index(a, made) < 0)
		return -1;
	return made->index ? try_index(a) : 0;
}

/* With the lock held, if .gp is there; nobody else can have begun with it. */
static void
unmake(const struct repo *a, const struct made *made)
{
	char *path = repo_index_path(a);

	if (made->index)
		in_place_remove(path);
	if (made->id)
		unlinkat(a->gp, "archive", 0);
	if (made->id || made->gp)
		unlinkat(a->gp, "record.lock", 0);
	/* what is not empty stays */
	if (made->gp)
		unlinkat(a->fd, ".gp", AT_REMOVEDIR);
	if (made->folder > 0)
		rmdir(a->path);
	free(path);
}

/* Makes an archive of A. 0, or -1 with the reason said and nothing made. */
static int
init(struct repo *a, struct made *made)
{
	int lock = -1, result = -1;

	if (is_archive(a) || check_empty(a) == 0) {
		made->gp = a->gp < 0;
		if (repo_make_gp(a) == 0)
			lock = lock_take(a);
		if (lock >= 0)
			result = make_archive(a, made);
	}
	if (result < 0)
		unmake(a, made);
	if (lock >= 0)
		close(lock);
	return result;
}

enum status
mode_init(const struct index_options *opt)
{
	struct made made = { .folder = repo_make_folder(opt->cli.archive) };
	enum status status = STATUS_STOPPED;
	struct repo a;

	if (made.folder < 0 || repo_open(&a, opt->cli.archive) < 0)
		return STATUS_STOPPED;
	/* an earlier one gets its id without our holding the lock */
	if (init(&a, &made) == 0 && (made.index || try_index(&a) == 0)) {
		msg(a.path,
		    made.id ? "an archive now (%s)"
			    : "is an archive already (%s)",
		    a.id);
		status = STATUS_DONE;
	}
	repo_close(&a);
	return status;
}
