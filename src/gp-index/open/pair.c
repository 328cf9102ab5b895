#include "gp-index/open/pair.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gp-index/db/archive-row.h"
#include "gp-index/db/lock.h"
#include "gp-index/open/fit.h"
#include "lib/archive/repo-index.h"
#include "lib/program/msg.h"

/* 1 both have the same id, 0 one has none, -1 with the reason said. */
static int
compare(struct index *ix, char id[static REPO_ID_SIZE])
{
	if (archive_row_get(ix, id) < 0)
		return -1;
	if (*id == '\0' || *ix->archive.id == '\0')
		return 0;
	if (strcmp(id, ix->archive.id) != 0)
		return repo_index_mismatch(&ix->archive, ix->path);
	return 1;
}

static int
refuse(const struct index *ix, const struct fit *fit)
{
	msg(ix->path,
	    "is this the index of %s? %lld of its files are not there with "
	    "their size, and the SHA256SUMS there name %lld that it does not "
	    "know. Put its own back (`gp-index --restore FILE`), or move this "
	    "one away and run `gp-index --rebuild`",
	    ix->archive.path, (long long)fit->missing, (long long)fit->unknown);
	return -1;
}

static int
give_id(struct index *ix, const char *id)
{
	if (*ix->archive.id == '\0' &&
	    repo_name(&ix->archive, *id != '\0' ? id : NULL) < 0)
		return -1;
	if (index_begin_write(ix) < 0)
		return -1;
	if (archive_row_set(ix, ix->archive.id) < 0) {
		index_rollback(ix);
		return -1;
	}
	if (index_commit(ix) < 0)
		return -1;
	msg_at(1, ix->archive.path, "this archive is %s from now on",
	    ix->archive.id);
	return 0;
}

/* With the lock held: another program may have done it by now. */
static int
pair_locked(struct index *ix)
{
	char id[REPO_ID_SIZE];
	struct fit fit;
	struct repo now;
	int result;

	if (repo_open(&now, ix->archive.path) < 0)
		return -1;
	memcpy(ix->archive.id, now.id, sizeof(now.id));
	repo_close(&now);
	result = compare(ix, id);
	if (result != 0)
		return result < 0 ? -1 : 0;
	/* as gp-restore begins: the index came first */
	if (repo_index_is_inside(&ix->archive, ix->path) &&
	    faccessat(ix->archive.gp, "restore", F_OK, 0) == 0 &&
	    repo_is_empty(&ix->archive, NULL) == 1)
		return give_id(ix, id);
	if (fit_measure(ix, &fit) < 0)
		return -1;
	if (fit.missing > 0 || fit.unknown > 0)
		return refuse(ix, &fit);
	/* an index without a file fits anywhere */
	if (fit.found == 0 &&
	    (*id != '\0' || repo_is_empty(&ix->archive, NULL) != 1) &&
	    !repo_index_is_inside(&ix->archive, ix->path))
		return repo_index_mismatch(&ix->archive, ix->path);
	return give_id(ix, id);
}

int
pair_up(struct index *ix, bool may_write)
{
	char id[REPO_ID_SIZE];
	int lock, result;

	result = compare(ix, id);
	if (result != 0)
		return result < 0 ? -1 : 0;
	if (!may_write) {
		msg(ix->path, "%s %s: run `gp-index --init` once",
		    ix->archive.path,
		    *id == '\0' ? "is of an earlier gp"
				: "has lost its id (.gp/archive)");
		return -1;
	}
	lock = lock_take(&ix->archive);
	ix->failed = lock < 0;
	if (lock < 0)
		return -1;
	result = pair_locked(ix);
	close(lock);
	return result;
}
