#include "gp-list/takeout/match.h"

#include <stdlib.h>
#include <string.h>

#include "gp-list/takeout/load.h"
#include "gp-list/takeout/names/takeout-name.h"
#include "lib/buf.h"
#include "lib/mem.h"
#include "lib/name.h"

#define ID_MAX_BYTES ((size_t)128 * 1024)

/* The media file whose sidecar is looked for. */
struct matched_media {
	struct takeout *t;
	int64_t id, folder;
	const char *name;
	int64_t size;
	bool has_crc;
	int64_t crc;
	int64_t sidecar; /* found, or -1 */
	enum takeout_name_tie tie;
	char *url; /* of the sidecar, or NULL; owned */
};

/* Whether the media file TITLED has a sidecar by its own name, beside SIDECAR,
 * which has it for a title. */
static bool
has_own(struct matched_media *m, const char *titled, int64_t sidecar)
{
	sqlite3_stmt *s = takeout_sql(&m->t->db, SQL_KEY_FIND);
	char *key = takeout_name_key(titled);
	bool found = false;

	takeout_bind(s, 1, takeout_hash(m->folder, TAKEOUT_NAME_TITLED, key));
	takeout_bind(s, 2,
	    takeout_hash(m->folder, TAKEOUT_NAME_TITLED, titled));
	while (!found && takeout_row(&m->t->db, s))
		found = sqlite3_column_int64(s, 0) != sidecar &&
		    takeout_name_explains(takeout_text(s, 3), titled);
	sqlite3_reset(s);
	free(key);
	return found;
}

/* Whether the sidecar is that of another media file, which is there: its title
 * decides, whatever its name looks like; but not that of a clip which has the
 * still's title, where the still has one of its own. */
static bool
speaks_for_another(struct matched_media *m, int64_t sidecar)
{
	sqlite3_stmt *s = takeout_sql(&m->t->db, SQL_SIDECAR_GET);
	char *titled;
	bool ours, other;

	takeout_bind(s, 1, sidecar);
	if (!takeout_row(&m->t->db, s))
		return false;
	titled = takeout_name_titled(takeout_text(s, 0),
	    (const char *)sqlite3_column_text(s, 1));
	ours = takeout_name_explains(takeout_text(s, 0), m->name);
	sqlite3_reset(s);
	other = strcmp(titled, m->name) != 0;
	if (other) {
		s = takeout_sql(&m->t->db, SQL_NAME_FIND);
		takeout_bind(s, 1,
		    takeout_hash(m->folder, TAKEOUT_NAME_OF_FILE, titled));
		other = takeout_number(&m->t->db, s, 0) == 1 &&
		    !(ours && has_own(m, titled, sidecar));
	}
	free(titled);
	return other;
}

/* What the sidecars with one key are. */
struct hits {
	const char *name; /* of the media file that is looked for */
	int64_t sidecar; /* the first, or the first whose case agrees too */
	bool agrees;
	char *url; /* owned */
	int n, n_agree;
	bool same; /* all are the same photo's */
	int64_t named; /* the one whose name is made of the media file's */
	char *named_url; /* owned */
	int n_named;
};

/* A live photo's clip may have the still's title in its sidecar: then the names
 * of the two tell which is whose. */
static void
take_named(struct hits *h, sqlite3_stmt *s)
{
	if (!takeout_name_explains(takeout_text(s, 3), h->name) ||
	    h->n_named++ > 0)
		return;
	h->named = sqlite3_column_int64(s, 0);
	h->named_url = mem_strdup(takeout_text(s, 2));
}

static void
take_hit(struct hits *h, sqlite3_stmt *s)
{
	const bool agrees = sqlite3_column_int(s, 1) != 0;
	const char *url = takeout_text(s, 2);

	take_named(h, s);
	if (h->n++ > 0 && (*url == '\0' || strcmp(h->url, url) != 0))
		h->same = false;
	h->n_agree += agrees;
	if (h->n > 1 && (h->agrees || !agrees))
		return;
	h->agrees = agrees;
	h->sidecar = sqlite3_column_int64(s, 0);
	free(h->url);
	h->url = mem_strdup(url);
}

/* Looks for the sidecar with a key. False: there is none, or several that are
 * not the same photo's, of which not just one agrees in case. */
static bool
find_key(struct matched_media *m, enum takeout_name_kind kind, const char *key,
    const char *exact, struct hits *h)
{
	sqlite3_stmt *s = takeout_sql(&m->t->db, SQL_KEY_FIND);

	memset(h, 0, sizeof(*h));
	h->name = m->name;
	h->same = true;
	takeout_bind(s, 1, takeout_hash(m->folder, (int)kind, key));
	takeout_bind(s, 2, takeout_hash(m->folder, (int)kind, exact));
	while (takeout_row(&m->t->db, s))
		take_hit(h, s);
	if (kind == TAKEOUT_NAME_TITLED && h->n > 1 && h->n_named == 1) {
		h->sidecar = h->named;
		free(h->url);
		h->url = h->named_url;
		h->named_url = NULL;
		return true;
	}
	return h->n > 0 && (h->same || h->n_agree == 1);
}

static bool
take_lookup(void *arg, enum takeout_name_kind kind, enum takeout_name_tie tie,
    const char *key, const char *exact)
{
	struct matched_media *m = arg;
	struct hits h;

	bool found = find_key(m, kind, key, exact, &h);

	free(h.named_url);
	if (!found ||
	    (tie == TAKEOUT_NAME_OWN &&
		!(kind == TAKEOUT_NAME_TITLED && h.agrees) &&
		speaks_for_another(m, h.sidecar))) {
		free(h.url);
		return !m->t->db.failed;
	}
	m->sidecar = h.sidecar;
	m->tie = tie;
	m->url = h.url;
	return false;
}

/* takeout:URL#SIZE-CRC, or takeout:NAME#SIZE-CRC without a sidecar: the copy
 * in another folder is the same item, an edited photo is a new one. */
static void
add_id(struct buf *text, const struct matched_media *m)
{
	char *name;

	buf_adds(text, "takeout:");
	if (m->url != NULL && *m->url != '\0') {
		buf_adds(text, m->url);
	} else {
		name = name_nfc(m->name);
		buf_adds(text, name);
		free(name);
	}
	buf_printf(text, "#%lld", (long long)m->size);
	if (m->has_crc)
		buf_printf(text, "-%08x", (unsigned)m->crc);
}

static void
store_match(struct matched_media *m)
{
	sqlite3_stmt *s = takeout_sql(&m->t->db, SQL_MATCH);
	struct buf id;

	buf_init(&id, ID_MAX_BYTES);
	add_id(&id, m);
	takeout_bind(s, 1, m->id);
	if (m->sidecar >= 0) {
		takeout_bind(s, 2, m->sidecar);
		takeout_bind(s, 3, (int64_t)m->tie);
	}
	takeout_bind_text(s, 4, id.data);
	takeout_run(&m->t->db, s);
	buf_release(&id);
}

/* The same bytes by the same name in another folder: a sidecar lies beside one
 * of the two only. */
static void
take_over(struct matched_media *m)
{
	sqlite3_stmt *s = takeout_sql(&m->t->db, SQL_INHERIT_FROM);
	char *mine = name_fold(m->name), *other;

	takeout_bind(s, 1, m->size);
	takeout_bind(s, 2, m->crc);
	while (m->sidecar < 0 && takeout_row(&m->t->db, s)) {
		other = name_fold(
		    takeout_text(s, 2) + sqlite3_column_int(s, 3));
		if (strcmp(mine, other) == 0) {
			m->sidecar = sqlite3_column_int64(s, 0);
			m->tie = (enum takeout_name_tie)sqlite3_column_int(s,
			    1);
			m->url = mem_strdup(takeout_text(s, 4));
		}
		free(other);
	}
	sqlite3_reset(s);
	free(mine);
}

/* Calls MATCH for each media file without a sidecar. */
static void
each_unmatched(struct takeout *t, void (*match)(struct matched_media *m))
{
	struct matched_media m = { .t = t };
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
		m.url = NULL;
		match(&m);
		store_match(&m);
		free(m.url);
		free(path);
	}
}

static void
match_by_name(struct matched_media *m)
{
	takeout_name_lookups(m->name, take_lookup, m);
}

static void
match_by_bytes(struct matched_media *m)
{
	if (m->has_crc)
		take_over(m);
}

void
takeout_match(struct takeout *t)
{
	takeout_run(&t->db, takeout_sql(&t->db, SQL_SIDECAR_URLS));
	each_unmatched(t, match_by_name);
	each_unmatched(t, match_by_bytes);
}
