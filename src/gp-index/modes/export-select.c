#include "gp-index/modes/export-select.h"

#include <stdlib.h>
#include <string.h>

#include "gp-index/items/retime.h"
#include "lib/buf.h"
#include "lib/mem.h"
#include "lib/name.h"
#include "lib/program/msg.h"
#include "lib/record/record.h"

#define TITLES_SHOWN 5 /* titles named when there is none of the one given */

/* The list can be a million files long: it goes to a temporary file. */
static const char tables[] =
    "PRAGMA temp_store=FILE;"
    "CREATE TEMP TABLE wanted (album INTEGER PRIMARY KEY);"
    "CREATE TEMP TABLE selected (n INTEGER PRIMARY KEY, sha256 BLOB, "
    "taken INTEGER)";

static const char select_files[] =
    "INSERT INTO selected (sha256, taken) SELECT sha256, " RETIME_TAKEN " AS t "
    "FROM file f WHERE 1";

/* Titles are compared as people see them: NFC, whatever the source wrote. */
static int
want_album(struct index *ix, int64_t album, const char *title, const char *nfc)
{
	sqlite3_stmt *s;
	char *other;
	bool same;
	int result;

	other = name_nfc(title);
	same = strcmp(other, nfc) == 0;
	free(other);
	if (!same)
		return 0;
	s = index_prepare(ix, "INSERT INTO wanted VALUES (?)");
	index_bind_int(s, 1, album);
	result = index_run(ix, s);
	sqlite3_finalize(s);
	return result < 0 ? -1 : 1;
}

/* What to type instead. */
static void
say_titles(const char *title, const struct buf *titles, int n)
{
	if (n == 0)
		msg(title, "no such album: the index has no album at all");
	else
		msg(title, "no such album; there %s %s%s",
		    n == 1 ? "is" : "are", titles->data,
		    n > TITLES_SHOWN ? ", ..." : "");
}

static int
want_albums(struct index *ix, const char *title)
{
	int step, result = 0, found = 0, n = 0;
	struct buf titles;
	sqlite3_stmt *s;
	char *nfc;

	nfc = name_nfc(title);
	buf_init(&titles, TITLES_SHOWN * RECORD_MAX);
	s = index_prepare(ix, "SELECT album, title FROM album ORDER BY title");
	for (step = index_step(ix, s); step > 0 && result >= 0;
	     step = index_step(ix, s)) {
		result = want_album(ix, sqlite3_column_int64(s, 0),
		    index_text(s, 1), nfc);
		found += result > 0;
		if (n++ < TITLES_SHOWN)
			buf_printf(&titles, "%s\"%s\"", n > 1 ? ", " : "",
			    index_text(s, 1));
	}
	sqlite3_finalize(s);
	if (step == 0 && result >= 0 && found == 0)
		say_titles(title, &titles, n);
	buf_release(&titles);
	free(nfc);
	return found > 0 && step == 0 && result >= 0 ? 0 : -1;
}

static int
check_disc(struct index *ix, const char *label)
{
	sqlite3_stmt *s;
	int step;

	s = index_prepare(ix, "SELECT 1 FROM disc WHERE label = ?");
	index_bind_text(s, 1, label);
	step = index_step(ix, s);
	sqlite3_finalize(s);
	if (step == 0)
		msg(label, "the index has no disc of that label");
	return step > 0 ? 0 : -1;
}

static char *
selection(const struct index_options *opt)
{
	return mem_printf("%s%s%s%s%s ORDER BY t IS NULL, t, path",
	    select_files,
	    opt->album == NULL ? ""
			       : " AND EXISTS (SELECT 1 FROM item i "
				 "JOIN item_album USING (item) "
				 "JOIN wanted USING (album) "
				 "WHERE i.file = f.sha256)",
	    !opt->unpacked ? "" : " AND " SELECT_UNPACKED,
	    opt->missing_from == NULL ? ""
				      : " AND NOT EXISTS (SELECT 1 FROM copy c "
					"WHERE c.file = f.sha256 "
					"AND c.copy = ?1)",
	    opt->disc == NULL ? ""
			      : " AND EXISTS (SELECT 1 FROM disc_file d "
				"WHERE d.file = f.sha256 AND d.disc = ?2)");
}

int
export_select(struct index *ix, const struct index_options *opt)
{
	sqlite3_stmt *s;
	char *sql;
	int result;

	if (index_exec(ix, tables) < 0 ||
	    (opt->album != NULL && want_albums(ix, opt->album) < 0) ||
	    (opt->disc != NULL && check_disc(ix, opt->disc) < 0))
		return -1;
	sql = selection(opt);
	s = index_prepare(ix, sql);
	free(sql);
	/* a parameter that the text lacks can't be bound */
	if (opt->missing_from != NULL)
		index_bind_text(s, 1, opt->missing_from);
	if (opt->disc != NULL)
		index_bind_text(s, 2, opt->disc);
	result = index_run(ix, s);
	sqlite3_finalize(s);
	return result;
}
