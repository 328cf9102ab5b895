#include "gp-list/takeout/elsewhere.h"

#include <stdlib.h>

#include "gp-list/takeout/catalog/catalog-prepare.h"
#include "gp-list/takeout/catalog/catalog.h"
#include "gp-list/takeout/names/takeout-name.h"
#include "gp-list/takeout/names/takeout-path.h"
#include "lib/files/path.h"
#include "lib/name.h"

/* The part that is gone over. */
struct noted_part {
	struct takeout *t;
	size_t export, part;
};

/* Notes M under NAME, in folded form. */
static void
add(const struct noted_part *in, const struct catalog_member *m,
    const char *name)
{
	sqlite3_stmt *s = takeout_sql(&in->t->db, SQL_ELSEWHERE_ADD);

	takeout_bind(s, 1, m->size);
	takeout_bind(s, 2, m->crc);
	takeout_bind_text(s, 3, name);
	takeout_bind(s, 4, (int64_t)in->export);
	takeout_bind(s, 5, (int64_t)in->part);
	takeout_bind_text(s, 6, m->name);
	takeout_run(&in->t->db, s);
}

/* Without a sum nothing tells that the bytes are the same. */
static bool
is_medium(const struct catalog_member *m, const char *name)
{
	return m->type == PACKAGE_FILE && m->damage == NULL && m->has_crc &&
	    !takeout_name_is_html(name) && !takeout_name_is_json(name);
}

static void
note_member(void *arg, const struct catalog_member *m)
{
	const struct noted_part *in = arg;
	char *path = takeout_path(m->name);
	char *name = name_fold(path_base(path));

	if (is_medium(m, path_base(path)))
		add(in, m, name);
	free(name);
	free(path);
}

/* Whether it is whole is known at its end. */
static void
note_end(const struct noted_part *in, enum catalog_result result)
{
	sqlite3_stmt *s = takeout_sql(&in->t->db, SQL_ELSEWHERE_PART);

	takeout_bind(s, 1, (int64_t)in->export);
	takeout_bind(s, 2, (int64_t)in->part);
	if (result != CATALOG_DAMAGED)
		takeout_bind(s, 3, result == CATALOG_WHOLE);
	takeout_run(&in->t->db, s);
}

static int
note_part(struct noted_part *in, const struct takeout_part *part)
{
	const struct repo *a = lister_open_archive(in->t->l);
	enum catalog_result result;
	char reason[CATALOG_REASON_MAX];

	if (part->arriving)
		return 0;
	result = catalog_glance(a, part->path, note_member, in, reason,
	    sizeof(reason));
	if (result == CATALOG_WHOLE || result == CATALOG_BARE ||
	    result == CATALOG_DAMAGED)
		note_end(in, result);
	return result == CATALOG_FAILED || in->t->db.failed ? -1 : 0;
}

int
elsewhere_note(struct takeout *t)
{
	struct noted_part in = { .t = t };
	const struct takeout_export *x;

	if (t->all->count < 2)
		return 0;
	for (in.export = 0; in.export < t->all->count; in.export ++) {
		x = &t->all->export[in.export];
		catalog_prepare(lister_open_archive(t->l), x);
		for (in.part = 0; in.part < x->parts; in.part++) {
			if (note_part(&in, &x->part[in.part]) < 0)
				return -1;
		}
	}
	t->has_elsewhere = true;
	return 0;
}

/* Exports that are several are no trees, so each part is a file. */
void
elsewhere_end(struct takeout *t)
{
	sqlite3_stmt *s;
	int64_t export, part;

	if (t->all->count < 2)
		return;
	s = takeout_sql(&t->db, SQL_ELSEWHERE_DAMAGED);
	while (!t->db.failed && takeout_row(&t->db, s)) {
		export = sqlite3_column_int64(s, 0);
		part = sqlite3_column_int64(s, 1);
		catalog_forget(lister_open_archive(t->l),
		    t->all->export[export].part[part].path);
	}
}

/* The places of P in other exports, as rows of WHICH. */
static sqlite3_stmt *
find(struct takeout *t, enum takeout_statement which,
    const struct elsewhere_photo *p, const char *folded)
{
	sqlite3_stmt *s = takeout_sql(&t->db, which);

	takeout_bind(s, 1, p->size);
	takeout_bind(s, 2, p->crc);
	takeout_bind_text(s, 3, folded);
	takeout_bind(s, 4, t->export - t->all->export);
	return s;
}

void
elsewhere_each(struct takeout *t, const struct elsewhere_photo *p,
    void (*take)(void *arg, const struct takeout_export *x, int64_t part,
	const char *path),
    void *arg)
{
	char *folded;
	sqlite3_stmt *s;

	if (!t->has_elsewhere)
		return;
	folded = name_fold(p->name);
	s = find(t, SQL_ELSEWHERE, p, folded);
	while (takeout_row(&t->db, s))
		take(arg, &t->all->export[sqlite3_column_int64(s, 0)],
		    sqlite3_column_int64(s, 1), takeout_text(s, 2));
	free(folded);
}

bool
elsewhere_is_whole(struct takeout *t, const struct elsewhere_photo *p)
{
	char *folded;
	bool whole;

	if (!t->has_elsewhere)
		return false;
	folded = name_fold(p->name);
	whole = takeout_number(&t->db, find(t, SQL_ELSEWHERE_WHOLE, p, folded),
		    0) > 0;
	free(folded);
	return whole;
}
