/* --stats: one JSON object that says how much there is. */
#include "gp-index/checksums/owed.h"
#include "gp-index/db/index.h"
#include "gp-index/items/retime.h"
#include "gp-index/modes/export-select.h"
#include "gp-index/modes/modes.h"
#include "gp-index/open/open.h"
#include "lib/mem.h"
#include "lib/num.h"
#include "lib/program/out.h"
#include "lib/record/json-member.h"

#define STATS_MAX ((size_t)64 * 1024 * 1024)
/* a page shows so many */
#define NEWEST "24"
#define FAILED "100"

/* A section of the object: the columns of each row, by their names. Columns
 * whose names begin with '@' are times, with '=' JSON already. */
struct stats_section {
	const char *name;
	bool list; /* an array of rows, else the one row itself */
	bool full; /* --full alone: it asks every file for its copies */
	const char *sql;
};

/* Open failures of an album, and items that are not stored though they have
 * not failed (those that did are counted as failed, and may be accepted). */
#define ALBUM_FAILED                                                           \
	"(SELECT count(*) FROM failure_album "                                 \
	"JOIN failure USING (source, account, id) "                            \
	"WHERE album = a.album AND accepted IS NULL)"
#define WAITS                                                                  \
	"i.file IS NULL AND NOT EXISTS (SELECT 1 FROM failure x "              \
	"WHERE x.source = i.source AND x.account = i.account AND x.id = i.id)"

static const struct stats_section sections[] = {
	{ NULL, false, false,
	    "SELECT count(*) AS files, ifnull(sum(size), 0) AS bytes "
	    "FROM file WHERE superseded_by IS NULL" },
	{ "superseded", false, false,
	    "SELECT count(*) AS files, ifnull(sum(size), 0) AS bytes "
	    "FROM file WHERE superseded_by IS NOT NULL" },
	{ "unpacked", false, false,
	    "SELECT count(*) AS files, ifnull(sum(size), 0) AS bytes "
	    "FROM file f WHERE " SELECT_UNPACKED },
	{ "originals", false, false,
	    "SELECT count(*) FILTER (WHERE original = 'yes') AS yes, "
	    "count(*) FILTER (WHERE original = 'no') AS no, "
	    "count(*) FILTER (WHERE original = 'unknown') AS unknown "
	    "FROM file WHERE superseded_by IS NULL" },
	{ "items", false, false,
	    "SELECT count(file) AS stored, count(*) - count(file) AS waiting "
	    "FROM item" },
	{ "albums", true, false,
	    "SELECT a.title, a.id, count(f.sha256) AS files, "
	    "ifnull(sum(f.size), 0) AS bytes, max(f.stored) AS \"@latest\", "
	    "(SELECT count(*) FROM item_album JOIN item i USING (item) "
	    "WHERE album = a.album AND " WAITS ") AS waiting, " ALBUM_FAILED
	    " AS failed "
	    "FROM album a LEFT JOIN "
	    "(SELECT DISTINCT album, file FROM item_album "
	    "JOIN item USING (item) WHERE file IS NOT NULL) m "
	    "ON m.album = a.album LEFT JOIN file f ON f.sha256 = m.file "
	    "AND f.superseded_by IS NULL "
	    "GROUP BY a.album ORDER BY a.title, a.id" },
	{ "failures", false, false,
	    "SELECT count(*) - count(accepted) AS open, "
	    "count(accepted) AS accepted FROM failure" },
	{ "unsettled", false, false,
	    "SELECT count(DISTINCT e.detail) AS files FROM " OWED_EVENTS },
	{ "noAlbum", false, false,
	    "SELECT (SELECT count(*) FROM item i WHERE " WAITS
	    " AND NOT EXISTS (SELECT 1 FROM item_album m "
	    "WHERE m.item = i.item)) AS waiting, "
	    "(SELECT count(*) FROM failure WHERE accepted IS NULL "
	    "AND (source, account, id) NOT IN "
	    "(SELECT source, account, id FROM failure_album)) AS failed" },
	{ "copies", true, false,
	    "SELECT copy, count(*) AS files, min(proved) AS \"@oldest\" "
	    "FROM copy GROUP BY copy ORDER BY copy" },
	{ "discs", true, false,
	    "SELECT label, state, (SELECT count(*) FROM disc_file "
	    "WHERE disc = label) AS files, (SELECT ifnull(sum(size), 0) "
	    "FROM disc_file JOIN file f ON f.sha256 = disc_file.file "
	    "WHERE disc = label) AS bytes, changed AS \"@changed\", "
	    "CASE WHEN image_sha256 NOT NULL THEN lower(hex(image_sha256)) END "
	    "AS image FROM disc ORDER BY label" },
	{ NULL, false, false, "SELECT count(*) AS arriving FROM arriving" },
	{ "lastRun", false, false,
	    "SELECT run, began AS \"@began\", ended AS \"@ended\", stored, "
	    "duplicate, failed FROM run ORDER BY ended DESC, run DESC "
	    "LIMIT 1" },
	{ "proofs", true, true,
	    "SELECT count(*) AS files, sum(size) AS bytes, copies AS "
	    "\"=copies\" "
	    "FROM (SELECT size, (SELECT json_group_object(copy, "
	    "date(proved, 'unixepoch')) FROM (SELECT copy, proved FROM copy "
	    "WHERE file = f.sha256 ORDER BY copy)) AS copies "
	    "FROM file f WHERE superseded_by IS NULL) GROUP BY copies" },
	{ "failed", true, true,
	    "SELECT (SELECT json_group_array(title) FROM (SELECT title "
	    "FROM failure_album m JOIN album USING (album) "
	    "WHERE m.source = x.source AND m.account = x.account "
	    "AND m.id = x.id ORDER BY title)) AS \"=albums\", filename, id, "
	    "source, code, message, first AS \"@first\", last AS \"@last\", "
	    "times FROM failure x WHERE accepted IS NULL "
	    "ORDER BY last DESC, filename, id LIMIT " FAILED },
	{ "settled", true, true,
	    "SELECT DISTINCT (SELECT o.detail FROM event o "
	    "WHERE o.file = a.file AND o.event < a.event AND o.kind "
	    "IN " OWED_KINDS " AND substr(a.detail, 1, length(o.detail) + 2) = "
	    "o.detail || ': ' ORDER BY length(o.detail) DESC LIMIT 1) AS path, "
	    "lower(hex(file)) AS sha256 FROM event a "
	    "WHERE kind = 'accepted' AND copy = 'nas' AND path IS NOT NULL "
	    "AND NOT EXISTS (SELECT 1 FROM file s WHERE s.sha256 = a.file) "
	    "ORDER BY path, sha256" },
	{ "newest", true, true,
	    "SELECT path, mime AS mimeType, " RETIME_TAKEN
	    " AS \"@creationTime\" "
	    "FROM file f WHERE superseded_by IS NULL "
	    "ORDER BY 3 DESC, path LIMIT " NEWEST },
};

static void
add_row(struct buf *b, sqlite3_stmt *s)
{
	char text[NUM_TIME_SIZE];
	const char *name;
	int i, n = sqlite3_column_count(s);

	for (i = 0; i < n; i++) {
		name = sqlite3_column_name(s, i);
		if (*name == '@') {
			if (sqlite3_column_type(s, i) != SQLITE_NULL &&
			    num_format_time(text, sqlite3_column_int64(s, i)) ==
				0)
				json_add_text(b, name + 1, text);
		} else if (*name == '=') {
			json_add_name(b, name + 1);
			buf_adds(b, index_text(s, i));
		} else if (sqlite3_column_type(s, i) == SQLITE_INTEGER) {
			json_add_int(b, name, sqlite3_column_int64(s, i));
		} else {
			json_add_text(b, name, index_text(s, i));
		}
	}
}

static int
add_section(struct index *ix, struct buf *b,
    const struct stats_section *section)
{
	sqlite3_stmt *s;
	int step, rows = 0;

	s = index_prepare(ix, section->sql);
	for (step = index_step(ix, s); step > 0; step = index_step(ix, s)) {
		if (rows++ == 0 && section->name != NULL) {
			json_add_name(b, section->name);
			buf_adds(b, section->list ? "[" : "");
		}
		if (section->list)
			json_add_name(b, NULL);
		if (section->name != NULL)
			buf_addc(b, '{');
		add_row(b, s);
		if (section->name != NULL)
			buf_addc(b, '}');
	}
	sqlite3_finalize(s);
	if (rows == 0) {
		json_add_name(b, section->name);
		buf_adds(b, section->list ? "[" : "null");
	}
	if (section->list)
		buf_addc(b, ']');
	return step;
}

/* All sections in one transaction, so that they agree. */
static int
collect(struct index *ix, struct buf *b, bool full)
{
	size_t i;

	if (index_exec(ix, "PRAGMA temp_store=FILE") < 0 ||
	    index_begin_read(ix) < 0)
		return -1;
	buf_addc(b, '{');
	for (i = 0; i < COUNT(sections); i++) {
		if (sections[i].full && !full)
			continue;
		if (add_section(ix, b, &sections[i]) < 0) {
			index_rollback(ix);
			return -1;
		}
	}
	buf_adds(b, "}\n");
	return index_commit(ix) < 0 || b->overflowed ? -1 : 0;
}

enum status
mode_stats(const struct index_options *opt)
{
	enum status status = STATUS_STOPPED;
	struct index ix;
	struct buf b;

	if (index_open(&ix, opt->cli.archive, INDEX_READ) < 0)
		return STATUS_STOPPED;
	buf_init(&b, STATS_MAX);
	if (collect(&ix, &b, opt->full) == 0) {
		status = STATUS_DONE;
		out_write(b.data, b.len);
	}
	buf_release(&b);
	index_close(&ix);
	return status;
}
