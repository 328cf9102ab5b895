#include "gp-pack/bag/extras.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/archive/index-file.h"
#include "lib/archive/repo-index.h"
#include "lib/mem.h"
#include "lib/program/msg.h"
#include "lib/program/program.h"

#define SOURCE "../share/gp/gp-source.tar.gz" /* from where programs lie */

/* Writes a copy of database FROM, as one moment saw it, to the new file TO. */
static int
take_snapshot(const char *from, const char *to)
{
	sqlite3_stmt *copy = NULL;
	sqlite3 *db = NULL;
	int opened, result = -1;

	opened = index_file_open(from, SQLITE_OPEN_READONLY, true, &db);
	if (opened == 0 && sqlite3_busy_timeout(db, 60000) == SQLITE_OK &&
	    sqlite3_prepare_v2(db, "VACUUM INTO ?1", -1, &copy, NULL) ==
		SQLITE_OK &&
	    sqlite3_bind_text(copy, 1, to, -1, SQLITE_STATIC) == SQLITE_OK &&
	    sqlite3_step(copy) == SQLITE_DONE)
		result = 0;
	else if (opened >= 0)
		msg(from, "no snapshot of the index could be taken: %s",
		    db != NULL ? sqlite3_errmsg(db) : "out of memory");
	sqlite3_finalize(copy);
	sqlite3_close(db);
	return result;
}

static int
take_index(struct extras *x, const struct repo *a)
{
	char *from = repo_index_path(a);
	int result = 0;

	/* who builds has the folder alone */
	x->index = mem_printf("%s/.gp/packing/" EXTRAS_SCRATCH "db", a->path);
	unlink(x->index); /* of one that was killed */
	if (access(from, F_OK) == 0) {
		result = take_snapshot(from, x->index);
	} else {
		msg(from, "there is no index, so none goes on the disc");
		free(x->index);
		x->index = NULL;
	}
	free(from);
	return result;
}

/* gp's source is installed near its programs. */
static void
find_source(struct extras *x)
{
	char *folder = program_folder();

	if (folder == NULL)
		return;
	x->source = mem_printf("%s/" SOURCE, folder);
	free(folder);
	if (access(x->source, R_OK) == 0)
		return;
	msg(x->source, "gp's source is not there, so none goes on the disc");
	free(x->source);
	x->source = NULL;
}

int
extras_gather(struct extras *x, const struct repo *a)
{
	const char *all[2];
	struct stat st;
	size_t i;

	memset(x, 0, sizeof(*x));
	if (take_index(x, a) < 0)
		return -1;
	find_source(x);
	all[0] = x->index;
	all[1] = x->source;
	for (i = 0; i < 2; i++) {
		if (all[i] != NULL && stat(all[i], &st) == 0)
			x->bytes += st.st_size;
	}
	return 0;
}

void
extras_release(struct extras *x)
{
	if (x->index != NULL)
		unlink(x->index);
	free(x->index);
	free(x->source);
	memset(x, 0, sizeof(*x));
}
