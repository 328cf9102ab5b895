#include "gp-index/open/open.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gp-index/db/archive-row.h"
#include "gp-index/open/in-place.h"
#include "gp-index/open/migrate.h"
#include "gp-index/open/pair.h"
#include "lib/archive/index-file.h"
#include "lib/archive/repo-index.h"
#include "lib/mem.h"
#include "lib/program/msg.h"

/* WAL is set once and stays; two who make the index at once may meet, and
 * then this pragma is refused without any wait. */
static int
set_wal(struct index *ix)
{
	int tries, code = SQLITE_BUSY;

	for (tries = 0; tries < 1000 && code == SQLITE_BUSY; tries++) {
		if (tries > 0)
			sqlite3_sleep(20);
		code = sqlite3_exec(ix->db, "PRAGMA journal_mode=WAL", NULL,
		    NULL, NULL);
	}
	return code == SQLITE_OK ? 0 : index_complain(ix);
}

static int
configure(struct index *ix, enum index_access access)
{
	/* nobody shares what is made aside, and after a crash it goes: so it
	 * takes no more room on the disk than its own */
	if (ix->aside && index_exec(ix, "PRAGMA journal_mode=MEMORY") < 0)
		return -1;
	if (!ix->aside && access == INDEX_WRITE && set_wal(ix) < 0)
		return -1;
	return index_exec(ix,
	    "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
	    "PRAGMA cache_size=-12000; PRAGMA temp_store=MEMORY;"
	    "PRAGMA wal_autocheckpoint=" INDEX_AUTOCHECKPOINT ";"
	    "PRAGMA trusted_schema=OFF");
}

/* Opens the database at PATH as it is. 0, or -1 with the reason said. */
static int
open_plain(struct index *ix, const char *path, int more, bool reading)
{
	int opened = index_file_open(path,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | more, reading,
	    &ix->db);

	return opened > 0 ? index_complain(ix) : opened;
}

/* Whether the disk has no room for what those who share the index keep beside
 * it. Whatever else is wrong, the next one who reads says. */
static bool
lacks_room(struct index *ix)
{
	return sqlite3_exec(ix->db, "PRAGMA schema_version", NULL, NULL,
		   NULL) != SQLITE_OK &&
	    index_file_lacks_room(ix->db);
}

/* The same for reading. Who has the index alone keeps nothing beside it, and on
 * a full disk the others could write nothing anyhow. */
static int
open_reading(struct index *ix, const char *path)
{
	if (open_plain(ix, path, 0, true) < 0)
		return -1;
	if (!lacks_room(ix))
		return 0;
	sqlite3_close(ix->db);
	if (open_plain(ix, path, 0, true) < 0)
		return -1;
	return index_exec(ix, "PRAGMA locking_mode=EXCLUSIVE");
}

/* Before it is written to: whether it may be this archive's index, or one that
 * is empty yet. Another program's database, and the index of an archive that it
 * names as another, are not for us. */
static int
check_own(struct index *ix)
{
	enum repo_index_kind kind;
	char id[REPO_ID_SIZE];

	if (repo_index_read_kind(ix->db, &kind) < 0 ||
	    repo_index_read_id(ix->db, id) < 0)
		return index_complain(ix);
	if (kind == REPO_INDEX_OTHER)
		return repo_index_other(ix->path);
	if (*id != '\0' && *ix->archive.id != '\0' &&
	    strcmp(id, ix->archive.id) != 0)
		return repo_index_mismatch(&ix->archive, ix->path);
	return 0;
}

/* Opens the database at PATH, made where MAKE, and brings it up to date. */
static int
open_file(struct index *ix, const char *path, enum index_access access,
    bool make)
{
	int opened;

	if (access == INDEX_WRITE || make)
		opened = open_plain(ix, path, make ? SQLITE_OPEN_CREATE : 0,
		    false);
	else
		opened = open_reading(ix, path);
	if (opened < 0)
		return -1;
	sqlite3_busy_timeout(ix->db, INDEX_BUSY_MS);
	if (!ix->aside && check_own(ix) < 0)
		return -1;
	if (configure(ix, access) < 0)
		return -1;
	return migrate(ix, access == INDEX_WRITE || make);
}

static int
open_database(struct index *ix, enum index_access access)
{
	if (ix->archive.gp < 0)
		return repo_refuse(&ix->archive);
	if (index_file_check_place(ix->path) < 0)
		return -1;
	if (euidaccess(ix->path, F_OK) < 0)
		return repo_index_refuse(&ix->archive, ix->path, errno);
	if (open_file(ix, ix->path, access, false) < 0)
		return -1;
	return pair_up(ix, access == INDEX_WRITE);
}

int
index_open(struct index *ix, const char *archive, enum index_access access)
{
	memset(ix, 0, sizeof(*ix));
	if (repo_open(&ix->archive, archive) < 0)
		return -1;
	ix->path = repo_index_path(&ix->archive);
	if (open_database(ix, access) < 0) {
		index_close(ix);
		return -1;
	}
	return 0;
}

int
index_open_aside(struct index *ix, const char *archive, const char *path)
{
	memset(ix, 0, sizeof(*ix));
	if (repo_open(&ix->archive, archive) < 0)
		return -1;
	ix->path = mem_strdup(path);
	ix->aside = true;
	if (index_file_check_place(path) < 0 ||
	    open_file(ix, path, INDEX_WRITE, true) < 0) {
		index_close(ix);
		return -1;
	}
	return 0;
}

/* Makes it at ASIDE. */
static int
make_aside(const struct repo *a, const char *aside)
{
	struct index ix;
	bool failed;

	if (index_open_aside(&ix, a->path, aside) < 0)
		return -1;
	failed = archive_row_set(&ix, a->id) < 0 ||
	    index_exec(&ix, "PRAGMA journal_mode=DELETE") < 0;
	index_close(&ix);
	return failed ? -1 : 0;
}

/* What SQLite left beside an index that is gone would eat the new one: it moves
 * away. */
int
index_make(const struct repo *a, const char *path)
{
	struct publish p;

	if (index_file_check_place(path) < 0)
		return -1;
	if (publish_begin_aside(&p, path) < 0) {
		msg(path, "cannot make the index: %s", strerror(errno));
		return -1;
	}
	if (make_aside(a, p.aside) < 0) {
		publish_abandon(&p);
		return -1;
	}
	if (in_place_put(&p, path, "damaged") == 0)
		return 0;
	/* it may have its name, but nobody knows whether it will last */
	unlink(path);
	return -1;
}

void
index_close(struct index *ix)
{
	if (sqlite3_close(ix->db) != SQLITE_OK)
		msg(ix->path, "%s", sqlite3_errmsg(ix->db));
	free(ix->path);
	repo_close(&ix->archive);
	ix->db = NULL;
	ix->path = NULL;
}
