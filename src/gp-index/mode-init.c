/*
 * --init: makes an archive of an empty folder, once. Its id is there first, so
 * that a crash leaves either no archive or one without an index, which the next
 * start makes.
 */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gp-index/lock.h"
#include "gp-index/modes.h"
#include "gp-index/open.h"
#include "lib/msg.h"
#include "lib/repo-index.h"

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
		result = repo_index_foreign(a, path);
	}
	free(name);
	free(path);
	return result;
}

/* Whether A is an archive, of this gp or, by the index inside, of an earlier
 * one. */
static bool
is_archive(const struct repo *a)
{
	return a->gp >= 0 &&
	    (*a->id != '\0' || faccessat(a->gp, "index.db", F_OK, 0) == 0);
}

/* 1 made, 0 it was an archive, -1 with the reason said. */
static int
make_archive(const char *dir)
{
	struct repo a;
	int lock, result = 0;

	if (repo_make_folder(dir) < 0 || repo_open(&a, dir) < 0)
		return -1;
	if (!is_archive(&a)) {
		result = check_empty(&a) < 0 || repo_make_gp(&a) < 0 ? -1 : 1;
		lock = result < 0 ? -1 : lock_take(&a);
		if (lock >= 0) {
			/* who came first has made it */
			result = faccessat(a.gp, "archive", F_OK, 0) == 0 ? 0
			    : repo_name(&a, NULL) < 0			  ? -1
									  : 1;
			close(lock);
		} else {
			result = -1;
		}
	}
	repo_close(&a);
	return result;
}

enum status
mode_init(const struct index_options *opt)
{
	struct index ix;
	int made;

	made = make_archive(opt->cli.archive);
	if (made < 0 || index_open(&ix, opt->cli.archive, INDEX_WRITE) < 0)
		return STATUS_STOPPED;
	msg(ix.archive.path,
	    made > 0 ? "an archive now (%s)" : "is an archive already (%s)",
	    ix.archive.id);
	index_close(&ix);
	return STATUS_DONE;
}
