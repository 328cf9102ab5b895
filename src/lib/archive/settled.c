#include "lib/archive/settled.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/archive/repo-index.h"
#include "lib/record/item-key.h"

static const char question[] =
    "SELECT CASE WHEN EXISTS (SELECT 1 FROM item WHERE key = ?4 "
    "AND source = ?1 AND account = ?2 AND file IS NOT NULL "
    "AND (?5 IS NULL OR EXISTS (SELECT 1 FROM item_album "
    "JOIN album USING (album) WHERE item_album.item = item.item "
    "AND (title = ?5 OR album.id = ?6)))) THEN 3 "
    "WHEN NOT EXISTS (SELECT 1 FROM failure WHERE source = ?1 "
    "AND account = ?2 AND id = ?3 AND accepted IS NOT NULL) THEN 0 "
    /* a failure that comes again keeps its acceptance: when that was given, its
     * event says, as "ID: REASON" */
    "WHEN ?7 = 0 OR EXISTS (SELECT 1 FROM event WHERE kind = 'accepted' "
    "AND file IS NULL AND event > ?7 "
    "AND substr(detail, 1, length(?3) + 2) = ?3 || ': ') "
    "THEN 2 ELSE 1 END";

/* A run that died while it made the index leaves one without tables. */
static int
has_tables(struct settled *s)
{
	int code;

	code = sqlite3_table_column_metadata(s->db, NULL, "failure", "accepted",
	    NULL, NULL, NULL, NULL, NULL);
	if (code == SQLITE_OK)
		return 1;
	return code == SQLITE_ERROR ? 0 : repo_index_complain(s->path, s->db);
}

/* 1 it can be asked, 0 not, -1 with the reason said. Whose index it is may
 * have still to be found out by who writes it. */
static int
check_own(struct settled *s, const struct repo *a)
{
	char id[REPO_ID_SIZE];

	if (repo_index_read_id(s->db, id) < 0)
		return repo_index_complain(s->path, s->db);
	/* the one that lies in an archive that lost its id is its own */
	if (*id == '\0' ||
	    (strcmp(id, a->id) != 0 &&
		(*a->id != '\0' || !repo_index_is_inside(a, s->path))))
		return 0;
	return has_tables(s);
}

int
settled_open(struct settled *s, const struct repo *a)
{
	int own;

	memset(s, 0, sizeof(*s));
	s->path = repo_index_path(a);
	s->digest = digest_new();
	if (euidaccess(s->path, F_OK) < 0)
		return 0;
	if (repo_index_read(s->path, &s->db) < 0)
		return -1;
	own = check_own(s, a);
	if (own == 0) {
		sqlite3_close(s->db);
		s->db = NULL;
	}
	if (own <= 0)
		return own;
	if (sqlite3_prepare_v2(s->db, question, -1, &s->find, NULL) !=
	    SQLITE_OK)
		return repo_index_complain(s->path, s->db);
	return 0;
}

void
settled_close(struct settled *s)
{
	sqlite3_finalize(s->find);
	sqlite3_close(s->db);
	digest_free(s->digest);
	free(s->path);
}

int64_t
settled_last_event(struct settled *s)
{
	sqlite3_stmt *find = NULL;
	int64_t event = 0;

	if (s->db == NULL)
		return SETTLED_NO_EVENT;
	if (sqlite3_prepare_v2(s->db, "SELECT ifnull(max(event), 0) FROM event",
		-1, &find, NULL) == SQLITE_OK &&
	    sqlite3_step(find) == SQLITE_ROW)
		event = sqlite3_column_int64(find, 0);
	else
		event = repo_index_complain(s->path, s->db);
	sqlite3_finalize(find);
	return event;
}

enum settling
settled_has(struct settled *s, const char *source, const char *account,
    const char *id, const char *filename, const char *album,
    const char *album_id)
{
	uint8_t key[DIGEST_SIZE];
	enum settling found = SETTLING_FAILED;

	if (s->db == NULL)
		return SETTLING_OPEN;
	item_key(s->digest, id, filename, key);
	if (sqlite3_bind_text(s->find, 1, source, -1, SQLITE_STATIC) ==
		SQLITE_OK &&
	    sqlite3_bind_text(s->find, 2, account, -1, SQLITE_STATIC) ==
		SQLITE_OK &&
	    sqlite3_bind_text(s->find, 3, id, -1, SQLITE_STATIC) == SQLITE_OK &&
	    sqlite3_bind_text(s->find, 5, album, -1, SQLITE_STATIC) ==
		SQLITE_OK &&
	    sqlite3_bind_text(s->find, 6, album_id, -1, SQLITE_STATIC) ==
		SQLITE_OK &&
	    sqlite3_bind_blob(s->find, 4, key, DIGEST_SIZE, SQLITE_STATIC) ==
		SQLITE_OK &&
	    sqlite3_bind_int64(s->find, 7, s->after) == SQLITE_OK &&
	    sqlite3_step(s->find) == SQLITE_ROW)
		found = (enum settling)sqlite3_column_int(s->find, 0);
	else
		repo_index_complain(s->path, s->db);
	sqlite3_reset(s->find);
	return found;
}
