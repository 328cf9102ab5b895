#include <stdlib.h>
#include <string.h>

#include "gp-list/takeout-name.h"
#include "gp-list/takeout.h"
#include "lib/buf.h"
#include "lib/mem.h"
#include "lib/name.h"

#define NAME_HASH (-1) /* as in takeout-load.c */
#define ID_MAX_BYTES ((size_t)128 * 1024)

/* The medium whose sidecar is looked for. */
struct medium {
	struct takeout *t;
	int64_t id, folder;
	const char *name;
	int64_t size;
	bool has_crc;
	int64_t crc;
	int64_t sidecar; /* found, or -1 */
	enum name_tie tie;
};

/* Whether the sidecar is that of another medium, which is there: its title
 * decides, whatever its name looks like. */
static bool
speaks_for_another(struct medium *m, int64_t sidecar)
{
	sqlite3_stmt *s = takeout_sql(&m->t->db, SQL_SIDECAR_GET);
	char *titled;
	int64_t hash;
	bool other;

	takeout_bind(s, 1, sidecar);
	if (!takeout_row(&m->t->db, s))
		return false;
	titled = name_titled(takeout_text(s, 0),
	    (const char *)sqlite3_column_text(s, 1));
	sqlite3_reset(s);
	other = strcmp(titled, m->name) != 0;
	hash = takeout_hash(m->folder, NAME_HASH, titled);
	free(titled);
	if (!other)
		return false;
	s = takeout_sql(&m->t->db, SQL_NAME_FIND);
	takeout_bind(s, 1, hash);
	return takeout_number(&m->t->db, s, 0) == 1;
}

/* The sidecar with KEY, or -1: none, or several that are not the same photo's.
 * Of several the one whose case agrees is taken, and *AGREES. */
static int64_t
find_key(struct medium *m, enum name_kind kind, const char *key,
    const char *exact, bool *agrees)
{
	sqlite3_stmt *s = takeout_sql(&m->t->db, SQL_KEY_FIND);
	int64_t found = -1, found_exact = -1;
	int n = 0, n_exact = 0;
	bool same = true;
	char *url = NULL;

	takeout_bind(s, 1, takeout_hash(m->folder, (int)kind, key));
	takeout_bind(s, 2, takeout_hash(m->folder, (int)kind, exact));
	while (takeout_row(&m->t->db, s)) {
		if (n++ == 0) {
			found = sqlite3_column_int64(s, 0);
			url = mem_strdup(takeout_text(s, 2));
		} else if (*url == '\0' ||
		    strcmp(url, takeout_text(s, 2)) != 0) {
			same = false;
		}
		if (sqlite3_column_int(s, 1) != 0 && n_exact++ == 0)
			found_exact = sqlite3_column_int64(s, 0);
	}
	free(url);
	*agrees = found_exact >= 0;
	if (n_exact == 1 || same)
		return *agrees ? found_exact : found;
	return -1;
}

static bool
take_probe(void *arg, enum name_kind kind, enum name_tie tie, const char *key,
    const char *exact)
{
	struct medium *m = arg;
	bool agrees;
	int64_t sidecar = find_key(m, kind, key, exact, &agrees);

	if (sidecar < 0 ||
	    (tie == NAME_OWN && !(kind == NAME_TITLED && agrees) &&
		speaks_for_another(m, sidecar)))
		return !m->t->db.failed;
	m->sidecar = sidecar;
	m->tie = tie;
	return false;
}

static void
store_match(struct medium *m)
{
	sqlite3_stmt *s = takeout_sql(&m->t->db, SQL_MATCH);

	takeout_bind(s, 1, m->id);
	takeout_bind(s, 2, m->sidecar);
	takeout_bind(s, 3, (int64_t)m->tie);
	takeout_run(&m->t->db, s);
}

/* The same bytes by the same name in another folder: a sidecar lies beside one
 * of the two only. */
static void
adopt(struct medium *m)
{
	sqlite3_stmt *s = takeout_sql(&m->t->db, SQL_ADOPT_FROM);
	char *mine = name_fold(m->name), *other;

	takeout_bind(s, 1, m->size);
	takeout_bind(s, 2, m->crc);
	while (m->sidecar < 0 && takeout_row(&m->t->db, s)) {
		other = name_fold(takeout_text(s, 2) + sqlite3_column_int(s, 3));
		if (strcmp(mine, other) == 0) {
			m->sidecar = sqlite3_column_int64(s, 0);
			m->tie = (enum name_tie)sqlite3_column_int(s, 1);
		}
		free(other);
	}
	sqlite3_reset(s);
	free(mine);
}

/* Calls MATCH for each medium without a sidecar. */
static void
each_unmatched(struct takeout *t, void (*match)(struct medium *m))
{
	struct medium m = { .t = t };
	sqlite3_stmt *s;
	char *path;

	for (;;) {
		s = takeout_sql(&t->db, SQL_UNMATCHED);
		takeout_bind(s, 1, m.id);
		if (!takeout_row(&t->db, s))
			break;
		m.id = sqlite3_column_int64(s, 0);
		path = mem_strdup(takeout_text(s, 1));
		m.name = path + sqlite3_column_int64(s, 2);
		m.folder = sqlite3_column_int64(s, 3);
		m.size = sqlite3_column_int64(s, 4);
		m.has_crc = sqlite3_column_type(s, 5) != SQLITE_NULL;
		m.crc = sqlite3_column_int64(s, 5);
		sqlite3_reset(s);
		m.sidecar = -1;
		match(&m);
		if (m.sidecar >= 0)
			store_match(&m);
		free(path);
	}
}

static void
match_by_name(struct medium *m)
{
	name_probes(m->name, take_probe, m);
}

static void
match_by_bytes(struct medium *m)
{
	if (m->has_crc)
		adopt(m);
}

void
takeout_match(struct takeout *t)
{
	each_unmatched(t, match_by_name);
	each_unmatched(t, match_by_bytes);
}
