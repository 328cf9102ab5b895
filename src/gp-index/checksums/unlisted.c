#include "gp-index/checksums/unlisted.h"

#include <stdlib.h>

#include "gp-index/checksums/checksums-name.h"
#include "lib/mem.h"
#include "lib/program/msg.h"

#define FILES_SHOWN 5 /* files named */

#define OPEN                                                                   \
	"FROM event e WHERE e.kind = 'unlisted' AND e.event NOT IN "           \
	"(SELECT o.event FROM event l CROSS JOIN event o ON o.file = l.file "  \
	"AND o.event < l.event WHERE l.kind IN ('healed', 'known') OR "        \
	"(l.kind = 'accepted' AND substr(l.detail, 1, length(o.detail) + 2) "  \
	"= o.detail || ': '))"

int
unlisted_any(struct index *ix)
{
	sqlite3_stmt *s = index_prepare(ix, "SELECT 1 " OPEN " LIMIT 1");
	int step = index_step(ix, s);

	sqlite3_finalize(s);
	return step;
}

int
unlisted_holds(struct index *ix, const char *folder)
{
	sqlite3_stmt *s;
	int step, n = 0;

	s = index_prepare(ix,
	    "SELECT e.detail " OPEN " AND e.detail > ?1 || '/' "
	    "AND e.detail < ?1 || '0' ORDER BY 1");
	index_bind_text(s, 1, folder);
	for (step = index_step(ix, s); step > 0; step = index_step(ix, s)) {
		if (n++ == 0)
			msg(folder,
			    "%s stays as it is: lines of it are no sums, and "
			    "may be those of the files that follow. Mend the "
			    "list, or look at each file and settle it with "
			    "gp-index --accept",
			    CHECKSUMS_NAME);
		if (n <= FILES_SHOWN)
			msg(index_text(s, 0), "no line of %s vouches for it",
			    CHECKSUMS_NAME);
	}
	sqlite3_finalize(s);
	if (n > FILES_SHOWN)
		msg(folder, "and %d more", n - FILES_SHOWN);
	return step < 0 ? -1 : n > 0;
}

/* The event KIND with DETAIL for the file at PATH, if it is one of these: 1, 0
 * or -1. */
static int
add_event(struct index *ix, const char *path, const char *kind,
    const char *detail)
{
	sqlite3_stmt *s;
	int result;

	s = index_prepare(ix,
	    "INSERT INTO event (at, kind, file, copy, detail) SELECT " INDEX_NOW
	    ", ?2, e.file, 'nas', "
	    "?3 " OPEN " AND e.detail = ?1");
	index_bind_text(s, 1, path);
	index_bind_text(s, 2, kind);
	index_bind_text(s, 3, detail);
	result = index_run(ix, s);
	sqlite3_finalize(s);
	return result < 0 ? -1 : sqlite3_changes(ix->db) > 0;
}

int
unlisted_mark_known(struct index *ix, const char *path)
{
	return add_event(ix, path, "known", path) < 0 ? -1 : 0;
}

int
unlisted_accept(struct index *ix, const char *path, const char *reason)
{
	char *detail = mem_printf("%s: %s", path, reason);
	int result = add_event(ix, path, "accepted", detail);

	free(detail);
	return result;
}
