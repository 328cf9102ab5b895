#include "gp-list/takeout/takeout.h"

#include <stdlib.h>
#include <string.h>

#include "gp-list/takeout/catalog/catalog-prepare.h"
#include "gp-list/takeout/catalog/catalog.h"
#include "gp-list/takeout/date.h"
#include "gp-list/takeout/elsewhere.h"
#include "gp-list/takeout/emit.h"
#include "gp-list/takeout/folder.h"
#include "gp-list/takeout/google-export.h"
#include "gp-list/takeout/known.h"
#include "gp-list/takeout/load.h"
#include "gp-list/takeout/match.h"
#include "gp-list/takeout/product.h"
#include "gp-list/takeout/takeout-state.h"
#include "lib/files/path.h"
#include "lib/mem.h"
#include "lib/program/msg.h"

#define PRODUCTS_MAX_BYTES ((size_t)8 * 1024)
#define ORPHANS_MAX 20 /* sidecars that are named; a part has thousands */
#define MISSING_MAX 100 /* parts that are named, of a nonsensical number */

static void
take_member(void *arg, const struct catalog_member *m)
{
	takeout_load(arg, m);
}

/* Says which parts are missing before part number I. */
static void
say_missing(struct takeout *t, size_t i)
{
	int64_t first, n, number;
	char *what;

	n = takeout_exports_missing(t->export, i, &first);
	if (n > MISSING_MAX)
		n = MISSING_MAX;
	for (number = first; number < first + n; number++) {
		what = mem_printf("part %03lld", (long long)number);
		takeout_emit_failed(t, what, "not-found",
		    "part %03lld of %s "
		    "is missing: download it again",
		    (long long)number, t->export->name);
		free(what);
		t->waits = true;
	}
}

static int64_t
whole_members(const struct takeout *t)
{
	return t->balance.members - t->balance.left[LEFT_DAMAGED];
}

/* Nothing that is in part number I is vouched for. */
static void
doubt(struct takeout *t, size_t i)
{
	sqlite3_stmt *s = takeout_sql(&t->db, SQL_DAMAGED_ADD);

	takeout_bind(s, 1, (int64_t)i);
	takeout_run(&t->db, s);
}

/* Part number I breaks off, or its sum is another, for REASON, behind MEMBERS.
 * Those can't be vouched for; files of a tree stand each for itself. */
static void
take_damaged(struct takeout *t, size_t i, const char *reason, int64_t members)
{
	const char *name = path_base(t->export->part[i].path);

	if (t->export->tree) {
		takeout_emit_failed(t, name, "bad-content",
		    "%s of %s: %s; %lld members before that are good", name,
		    t->export->name, reason, (long long)members);
		return;
	}
	doubt(t, i);
	takeout_emit_failed(t, name, "bad-content",
	    "%s of %s: %s; %lld members before that are listed, but can't be "
	    "vouched for: download it again, or export it again",
	    name, t->export->name, reason, (long long)members);
}

/* Loads part number I. 0, or -1 where nothing can go on. */
static int
load_part(struct takeout *t, size_t i)
{
	const struct takeout_part *part = &t->export->part[i];
	const int64_t before = whole_members(t);
	const char *name = path_base(part->path);
	enum catalog_result result;
	char reason[CATALOG_REASON_MAX];

	say_missing(t, i);
	if (part->arriving) {
		lister_leave(t->l, name, "it is still arriving");
		t->waits = true;
		return 0;
	}
	t->part = i;
	result = catalog_read(lister_open_archive(t->l), part->path,
	    take_member, t, reason, sizeof(reason));
	if (result == CATALOG_GROWING) {
		lister_leave(t->l, name, "it changed while it was read");
		t->waits = true;
	} else if (result == CATALOG_DAMAGED) {
		take_damaged(t, i, reason, whole_members(t) - before);
	} else if (result == CATALOG_BARE) {
		msg(NULL,
		    "%s is an unpacked tar: nothing in it proves its bytes",
		    name);
		doubt(t, i);
	}
	return result == CATALOG_FAILED || t->db.failed ? -1 : 0;
}

/* Takeout numbers its parts but does not say how many there are: photos that
 * only their sidecars tell of may lie in one behind the last. */
static void
say_orphans(struct takeout *t)
{
	sqlite3_stmt *s = takeout_sql(&t->db, SQL_ORPHANS);
	int64_t orphans = 0;

	if (t->waits)
		return;
	while (takeout_row(&t->db, s)) {
		if (orphans++ < ORPHANS_MAX)
			msg(t->export->name, "%s/%s is without its photo",
			    takeout_text(s, 0), takeout_text(s, 1));
	}
	if (orphans > ORPHANS_MAX)
		msg(t->export->name, "and %lld more sidecars",
		    (long long)(orphans - ORPHANS_MAX));
	if (orphans > 0)
		msg(t->export->name, "%lld %s: %s", (long long)orphans,
		    orphans == 1 ? "sidecar is without its photo"
				 : "sidecars are without their photos",
		    t->export->alone ? "in another part of the export?"
				     : "is a part missing?");
}

/* Lists export X; 0, or -1 with the reason said. */
static int
list_export_of(struct takeout *t, const struct takeout_export *x)
{
	size_t i;

	t->export = x;
	t->waits = t->has_google = t->has_page = false;
	t->has_trash = t->trash_asked = false;
	memset(&t->balance, 0, sizeof(t->balance));
	buf_init(&t->balance.products, PRODUCTS_MAX_BYTES);
	if (takeout_db_clear(&t->db) < 0)
		return -1;
	catalog_prepare(lister_open_archive(t->l), x);
	if (!google_export_check(t, x))
		return 0;
	for (i = 0; i < x->parts; i++) {
		if (load_part(t, i) < 0)
			return -1;
	}
	if (x->tree && !google_export_check_tree(t))
		return 0;
	product_choose(t);
	takeout_match(t);
	takeout_date(t);
	takeout_classify_folders(t);
	takeout_known_set_earlier(t);
	takeout_emit(t);
	say_orphans(t);
	if (t->db.failed)
		return -1;
	if (t->balance.members > 0 && !balance_say(&t->balance, x->name))
		status_raise(&t->l->status, STATUS_SOME);
	return 0;
}

/* An album that earlier exports had is not misspelt: nothing new came of it. */
static void
say_albums_not_there(struct takeout *t)
{
	const struct list_options *opt = t->l->opt;
	size_t i;

	for (i = 0; i < opt->albums; i++) {
		if (t->album_found[i])
			continue;
		if (takeout_known_album(t, opt->album[i])) {
			msg(NULL,
			    "takeout: nothing of album %s is in these exports; "
			    "if it has another title now, ask for that too",
			    opt->album[i]);
			continue;
		}
		msg(NULL,
		    "takeout: there is no album %s in these exports, nor is "
		    "one known of earlier ones",
		    opt->album[i]);
		status_raise(&t->l->status, STATUS_SOME);
	}
}

/* The same; what is kept of one export alone goes. */
static int
list_export(struct takeout *t, const struct takeout_export *x)
{
	int result = list_export_of(t, x);

	buf_release(&t->balance.products);
	product_forget(t);
	return result;
}

/* One after the other, oldest first. */
static int
list_each(struct takeout *t)
{
	size_t i;

	for (i = 0; i < t->all->count && !lister_full(t->l); i++) {
		if (list_export(t, &t->all->export[i]) < 0)
			return -1;
	}
	return 0;
}

/* All exports. */
static int
list_exports(struct takeout *t)
{
	int result = 0;

	if (takeout_known_load(t) < 0 || takeout_times_load(t) < 0)
		return -1;
	if (!t->l->opt->list_albums)
		result = elsewhere_note(t);
	if (result == 0)
		result = list_each(t);
	elsewhere_end(t);
	if (result < 0)
		return -1;
	if (t->learned &&
	    (takeout_known_save(t) < 0 || takeout_times_save(t) < 0))
		status_raise(&t->l->status, STATUS_SOME);
	if (t->l->opt->list_albums)
		takeout_emit_albums(t);
	else if (t->l->found > 0)
		say_albums_not_there(t);
	return t->db.failed ? -1 : 0;
}

int
takeout_list(struct lister *l, const char *arg)
{
	const struct repo *a = NULL;
	struct takeout_exports e = { .count = 0 };
	struct takeout t = { .l = l, .all = &e };
	int result = -1;

	if (l->opt->list_albums || lister_need_archive(l) == 0)
		a = lister_make_scratch(l);
	t.album_found = mem_alloc((l->opt->albums + 1) * sizeof(bool));
	if (a != NULL && takeout_exports_find(&e, arg) == 0 &&
	    takeout_db_open(&t.db, a) == 0)
		result = list_exports(&t);
	if (e.unread)
		status_raise(&l->status, STATUS_SOME);
	takeout_db_close(&t.db);
	takeout_exports_release(&e);
	free(t.album_found);
	return result;
}

int
takeout_albums(struct lister *l, const char *arg)
{
	return takeout_list(l, arg);
}
