#include "gp-list/takeout/load.h"

#include <stdlib.h>
#include <string.h>

#include "gp-list/media/mime.h"
#include "gp-list/takeout/emit.h"
#include "gp-list/takeout/google-export.h"
#include "gp-list/takeout/names/sidecar.h"
#include "gp-list/takeout/names/takeout-name.h"
#include "gp-list/takeout/names/takeout-path.h"
#include "gp-list/takeout/product.h"
#include "lib/archive/litter.h"
#include "lib/files/path.h"
#include "lib/fnv.h"
#include "lib/mem.h"
#include "lib/name.h"
#include "lib/program/msg.h"

/* Keys of the sidecar that is being loaded. */
struct keys {
	struct takeout *t;
	int64_t folder, sidecar;
};

int64_t
takeout_hash(int64_t folder, int kind, const char *name)
{
	uint64_t h = fnv_text(name);

	/* splitmix64's constants: spreads what differs little */
	h ^= ((uint64_t)folder * 8 + (uint64_t)(kind + 1)) *
	    UINT64_C(0x9e3779b97f4a7c15);
	h = (h ^ (h >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	return (int64_t)(h ^ (h >> 27));
}

/* The N bytes of PATH without empty and "." components; the caller frees. */
static char *
plain_path(const char *path, size_t n)
{
	char *plain = mem_strndup(path, n);
	size_t from = 0, to = 0, len;

	while (from < n) {
		len = strcspn(plain + from, "/");
		if (len > 0 && (len != 1 || plain[from] != '.')) {
			if (to > 0)
				plain[to++] = '/';
			memmove(plain + to, plain + from, len);
			to += len;
		}
		from += len + 1;
	}
	plain[to] = '\0';
	return plain;
}

/* The id of the folder that PATH lies in, which is entered if new. */
static int64_t
folder_of(struct takeout *t, const char *path)
{
	bool rooted;
	const char *below = takeout_below(path, &rooted);
	char *folder = plain_path(below, (size_t)(path_base(below) - below));
	sqlite3_stmt *s = takeout_sql(&t->db, SQL_FOLDER_FIND);
	int64_t id;

	takeout_bind_text(s, 1, folder);
	id = takeout_number(&t->db, s, -1);
	if (id < 0 && !t->db.failed) {
		s = takeout_sql(&t->db, SQL_FOLDER_ADD);
		takeout_bind_text(s, 1, folder);
		takeout_run(&t->db, s);
		id = sqlite3_last_insert_rowid(t->db.db);
	}
	free(folder);
	return id;
}

static bool
take_key(void *arg, enum takeout_name_kind kind, enum takeout_name_tie tie,
    const char *key, const char *exact)
{
	const struct keys *k = arg;
	sqlite3_stmt *s = takeout_sql(&k->t->db, SQL_KEY_ADD);

	(void)tie;
	takeout_bind(s, 1, takeout_hash(k->folder, (int)kind, key));
	takeout_bind(s, 2, k->sidecar);
	takeout_bind(s, 3, takeout_hash(k->folder, (int)kind, exact));
	return takeout_run(&k->t->db, s) == 0;
}

/* Whether the very same sidecar came in another part. Where that can't vouch
 * for it, this one may. */
static bool
came_before(struct takeout *t, int64_t folder, const char *name,
    const char *json)
{
	sqlite3_stmt *s = takeout_sql(&t->db, SQL_SIDECAR_FIND);
	int64_t id;

	takeout_bind(s, 1, folder);
	takeout_bind_text(s, 2, name);
	takeout_bind_text(s, 3, json);
	id = takeout_number(&t->db, s, -1);
	if (id < 0)
		return false;
	s = takeout_sql(&t->db, SQL_SIDECAR_PROVED);
	takeout_bind(s, 1, id);
	takeout_bind(s, 2, (int64_t)t->part);
	takeout_run(&t->db, s);
	return true;
}

/* The extension of the media file that SIDE, called NAME, speaks for, folded;
 * the caller frees. By the name: a clip's sidecar may have the still's title.
 */
static char *
type_of(const char *name, const struct sidecar *side)
{
	char *media = takeout_name_titled(name, NULL), *type;
	const char *dot;

	if (mime_of(NULL, 0, media) == NULL && side->title != NULL) {
		free(media); /* cut, or of no type that we know */
		media = takeout_name_titled(name, side->title);
	}
	dot = strrchr(media, '.');
	type = name_fold(dot != NULL ? dot : "");
	free(media);
	return type;
}

static void
load_photo(struct takeout *t, const struct catalog_member *m,
    const struct sidecar *side)
{
	struct keys keys = { t, folder_of(t, m->name), 0 };
	const char *name = path_base(m->name);
	sqlite3_stmt *s;
	char *type;
	int added;

	t->balance.sidecars++;
	t->balance.proven += side->proven;
	t->has_trash = t->has_trash || side->trashed;
	if (came_before(t, keys.folder, name, m->json))
		return;
	s = takeout_sql(&t->db, SQL_SIDECAR_ADD);
	takeout_bind(s, 1, keys.folder);
	takeout_bind_text(s, 2, name);
	takeout_bind_text(s, 3, side->title);
	takeout_bind_text(s, 4, side->url);
	if (side->has_taken)
		takeout_bind(s, 5, side->taken);
	takeout_bind(s, 6,
	    (side->trashed ? FLAG_TRASHED : 0) |
		(side->archived ? FLAG_ARCHIVED : 0) |
		(side->partner ? FLAG_PARTNER : 0));
	takeout_bind_text(s, 7, m->json);
	type = type_of(name, side);
	takeout_bind_text(s, 8, type);
	takeout_bind(s, 9, (int64_t)t->part);
	added = takeout_run(&t->db, s);
	free(type);
	if (added < 0)
		return;
	keys.sidecar = sqlite3_last_insert_rowid(t->db.db);
	takeout_name_keys(name, side->title, take_key, &keys);
}

static void
load_album(struct takeout *t, const struct catalog_member *m,
    const struct sidecar *side)
{
	sqlite3_stmt *s;
	int64_t folder = folder_of(t, m->name);

	t->balance.albums++;
	s = takeout_sql(&t->db, SQL_FOLDER_TITLE);
	takeout_bind(s, 1, folder);
	takeout_bind_text(s, 2, side->title != NULL ? side->title : "");
	takeout_bind_text(s, 3, m->json);
	takeout_run(&t->db, s);
}

static void
load_json(struct takeout *t, const struct catalog_member *m)
{
	struct sidecar side;

	if (m->json == NULL) {
		msg(m->name, "left out: too big for a sidecar (%lld bytes)",
		    (long long)m->size);
		t->balance.left[LEFT_BIG]++;
		return;
	}
	sidecar_read(&side, path_base(m->name), m->json, m->json_len);
	if (side.type == SIDECAR_PHOTO) {
		load_photo(t, m, &side);
	} else if (side.type == SIDECAR_ALBUM) {
		load_album(t, m, &side);
	} else if (side.type == SIDECAR_NONE) {
		t->balance.left[LEFT_JSON]++;
	} else {
		msg(m->name,
		    "left out: this is no JSON; its photo is listed "
		    "without what it says");
		t->balance.left[LEFT_BROKEN]++;
	}
	sidecar_release(&side);
}

/* A media file, which gp-fetch finds by the name as STORED. */
static void
load_medium(struct takeout *t, const struct catalog_member *m,
    const char *stored)
{
	const char *name = path_base(m->name);
	int64_t folder = folder_of(t, m->name);
	sqlite3_stmt *s = takeout_sql(&t->db, SQL_MEMBER_ADD);

	takeout_bind(s, 1, (int64_t)t->part);
	takeout_bind_text(s, 2, stored);
	takeout_bind(s, 3, (int64_t)(name - m->name));
	takeout_bind(s, 4, folder);
	takeout_bind(s, 5, m->size);
	if (m->has_crc)
		takeout_bind(s, 6, m->crc);
	if (m->media.from != MEDIA_TIME_NONE &&
	    sidecar_time_is_sane(m->media.taken))
		takeout_bind(s, 7, m->media.taken);
	takeout_bind(s, 8,
	    (int64_t)m->media.from +
		(m->media.zone_assumed ? TAKEOUT_ZONE_ASSUMED : 0));
	takeout_run(&t->db, s);
	s = takeout_sql(&t->db, SQL_NAME_ADD);
	takeout_bind(s, 1, takeout_hash(folder, TAKEOUT_NAME_OF_FILE, name));
	takeout_run(&t->db, s);
}

/* Whether PATH is what a computer added: in a tree anything may be. A Mac that
 * packs an export again puts its own files into a folder beside; Google's own
 * archives have none, so all else in them is the account's. */
static bool
is_added(const struct takeout *t, const char *path)
{
	static const char mac[] = "__MACOSX/";

	if (t->export->tree)
		return litter_in(path);
	return litter_is(path_base(path)) &&
	    (strncmp(path, mac, sizeof(mac) - 1) == 0 ||
		strstr(path, "/__MACOSX/") != NULL);
}

/* What can't be a photo: false where it may be one. */
static bool
leave_out(struct takeout *t, const struct catalog_member *m)
{
	char *what;

	if (is_added(t, m->name)) {
		t->balance.left[LEFT_LITTER]++;
	} else if (m->damage != NULL) {
		what = mem_printf("%s/%s",
		    path_base(t->export->part[t->part].path), m->name);
		takeout_emit_failed(t, what, "bad-content", "%s: %s", m->name,
		    m->damage);
		free(what);
		t->balance.left[LEFT_DAMAGED]++;
	} else if (m->type == PACKAGE_FILE) {
		return false;
	} else {
		msg(m->name, "left out: %s",
		    m->type == PACKAGE_LINK ? "a link" : "no regular file");
		t->balance
		    .left[m->type == PACKAGE_LINK ? LEFT_LINK : LEFT_SPECIAL]++;
	}
	return true;
}

/* Loads M, whose name is a path; STORED is what the part has for it. */
static void
load(struct takeout *t, const struct catalog_member *m, const char *stored)
{
	const char *name = path_base(m->name);

	t->balance.members++;
	if (leave_out(t, m))
		return;
	if (takeout_name_is_html(name))
		t->balance.left[LEFT_HTML]++;
	else if (takeout_name_is_json(name))
		load_json(t, m);
	else
		load_medium(t, m, stored);
}

void
takeout_load(struct takeout *t, const struct catalog_member *m)
{
	const struct balance before = t->balance;
	struct catalog_member at = *m;
	char *path = takeout_path(m->name);

	at.name = path;
	if (t->export->tree && !t->has_google)
		t->has_google = google_export_path(path);
	load(t, &at, m->name);
	product_note(t, path, &before);
	free(path);
}
