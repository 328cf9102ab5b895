/* --stats: one JSON object that says how much there is. */
#include "gp-index/index.h"
#include "gp-index/line.h"
#include "gp-index/modes.h"
#include "lib/num.h"
#include "lib/out.h"

#define STATS_MAX ((size_t)64 * 1024 * 1024)

/* A part of the object: the columns of each row, by their names. Columns whose
 * names begin with '@' are times. */
struct part {
	const char *name;
	bool list; /* an array of rows, else the one row itself */
	const char *sql;
};

static const struct part parts[] = {
	{ NULL, false,
	    "SELECT count(*) AS files, ifnull(sum(size), 0) AS bytes "
	    "FROM file" },
	{ "originals", false,
	    "SELECT count(*) FILTER (WHERE original = 'yes') AS yes, "
	    "count(*) FILTER (WHERE original = 'no') AS no, "
	    "count(*) FILTER (WHERE original = 'unknown') AS unknown "
	    "FROM file" },
	{ "items", false,
	    "SELECT count(file) AS stored, count(*) - count(file) AS waiting "
	    "FROM item" },
	{ "albums", true,
	    "SELECT a.title, a.id, count(f.sha256) AS files, "
	    "ifnull(sum(f.size), 0) AS bytes FROM album a LEFT JOIN "
	    "(SELECT DISTINCT album, file FROM item_album "
	    "JOIN item USING (item) WHERE file IS NOT NULL) m "
	    "ON m.album = a.album LEFT JOIN file f ON f.sha256 = m.file "
	    "GROUP BY a.album ORDER BY a.title, a.id" },
	{ "failures", false,
	    "SELECT count(*) - count(accepted) AS open, "
	    "count(accepted) AS accepted FROM failure" },
	{ "copies", true,
	    "SELECT copy, count(*) AS files, min(proved) AS \"@oldest\" "
	    "FROM copy GROUP BY copy ORDER BY copy" },
	{ "discs", true,
	    "SELECT label, state, (SELECT count(*) FROM disc_file "
	    "WHERE disc = label) AS files, changed AS \"@changed\" "
	    "FROM disc ORDER BY label" },
	{ NULL, false, "SELECT count(*) AS arriving FROM arriving" },
	{ "lastRun", false,
	    "SELECT run, began AS \"@began\", ended AS \"@ended\", stored, "
	    "duplicate, failed FROM run ORDER BY ended DESC, run DESC "
	    "LIMIT 1" },
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
			if (num_format_time(
				text, sqlite3_column_int64(s, i)) == 0)
				line_text(b, name + 1, text);
		} else if (sqlite3_column_type(s, i) == SQLITE_INTEGER) {
			line_int(b, name, sqlite3_column_int64(s, i));
		} else {
			line_text(b, name, index_text(s, i));
		}
	}
}

static int
add_part(struct index *ix, struct buf *b, const struct part *part)
{
	sqlite3_stmt *s;
	int step, rows = 0;

	s = index_prepare(ix, part->sql);
	while ((step = index_step(ix, s)) > 0) {
		if (rows++ == 0 && part->name != NULL) {
			line_name(b, part->name);
			buf_adds(b, part->list ? "[" : "");
		}
		if (part->list)
			line_name(b, NULL);
		if (part->name != NULL)
			buf_addc(b, '{');
		add_row(b, s);
		if (part->name != NULL)
			buf_addc(b, '}');
	}
	sqlite3_finalize(s);
	if (rows == 0) {
		line_name(b, part->name);
		buf_adds(b, part->list ? "[" : "null");
	}
	if (part->list)
		buf_addc(b, ']');
	return step;
}

/* All parts in one transaction, so that they agree. */
static int
collect(struct index *ix, struct buf *b)
{
	size_t i;

	if (index_exec(ix, "PRAGMA temp_store=FILE") < 0 ||
	    index_begin_read(ix) < 0)
		return -1;
	buf_addc(b, '{');
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (add_part(ix, b, &parts[i]) < 0) {
			index_rollback(ix);
			return -1;
		}
	}
	buf_adds(b, "}\n");
	return index_commit(ix) < 0 || b->overflowed ? -1 : 0;
}

enum status
mode_stats(const struct options *opt)
{
	enum status status = STATUS_STOPPED;
	struct index ix;
	struct buf b;

	if (index_open(&ix, opt->cli.archive, INDEX_READ) < 0)
		return STATUS_STOPPED;
	buf_init(&b, STATS_MAX);
	if (collect(&ix, &b) == 0) {
		status = STATUS_DONE;
		out_write(b.data, b.len);
	}
	buf_release(&b);
	index_close(&ix);
	return status;
}
