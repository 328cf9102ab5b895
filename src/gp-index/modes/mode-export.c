/*
 * --export: a record for each stored file. The choice is made at once; then
 * each record is looked up by itself, so that no transaction is held while a
 * slow reader keeps us waiting.
 */
#include <stdlib.h>
#include <string.h>

#include "gp-index/items/retime.h"
#include "gp-index/modes/export-select.h"
#include "gp-index/modes/modes.h"
#include "gp-index/open/open.h"
#include "lib/mem.h"
#include "lib/num.h"
#include "lib/program/msg.h"
#include "lib/program/out.h"
#include "lib/record/json-member.h"
#include "lib/record/record.h"

/* what may stand behind the metadata: checksums, size, path */
#define TAIL_MAX ((size_t)16 * 1024)

struct exporting {
	struct index ix;
	sqlite3_stmt *file, *origins, *copies;
	const char *disc; /* --disc, or NULL */
	struct buf head, albums, line;
	enum status status;
};

/* The item that stands for the file, and all its albums: the one asked for
 * first, else by title; of several in one album a folder's last, which has no
 * metadata of Google's, and before it the one that says when it was taken. */
static const char origins_sql[] =
    "SELECT i.id, i.source, i.account, i.filename, i.metadata, a.id, a.title, "
    "x.accepted FROM item i LEFT JOIN item_album m USING (item) "
    "LEFT JOIN album a ON a.album = m.album "
    "LEFT JOIN wanted w ON w.album = m.album "
    "LEFT JOIN failure x ON x.source = i.source "
    "AND x.account = i.account AND x.id = i.id "
    "WHERE i.file = ? ORDER BY w.album IS NULL, a.title IS NULL, a.title, "
    "a.id, i.source = 'dir', " RETIME_ORDER;

static const char file_sql[] =
    "SELECT f.sha256, f.size, f.path, f.mime, p.taken, f.original, "
    "lower(hex(f.superseded_by)), d.path "
    "FROM selected p JOIN file f USING (sha256) "
    "LEFT JOIN disc_file d ON d.file = f.sha256 AND d.disc = ?2 "
    "WHERE p.n = ?1";

static void
add_album(struct buf *b, const char *id, const char *title)
{
	buf_addc(b, '{');
	json_add_text(b, "id", id);
	json_add_text(b, "title", title);
	buf_addc(b, '}');
}

/* Collects the albums of all origins, each once (they come sorted). How many
 * there are. */
static int
read_albums(struct exporting *x, struct buf *first)
{
	char *last = NULL;
	const char *id;
	int n = 0;

	do {
		id = index_text(x->origins, 5);
		if (id == NULL || (last != NULL && strcmp(last, id) == 0))
			continue;
		free(last);
		last = mem_strdup(id);
		json_add_name(&x->albums, NULL);
		add_album(&x->albums, id, index_text(x->origins, 6));
		if (n++ == 0)
			add_album(first, id, index_text(x->origins, 6));
	} while (index_step(&x->ix, x->origins) > 0);
	free(last);
	return n;
}

/* What the item says goes to HEAD, its metadata to the end of LINE. */
static int
read_origin(struct exporting *x, const uint8_t *sha256, const char *hex,
    struct buf *metadata)
{
	struct buf first;
	const char *text;
	int step, n;

	index_bind_digest(x->origins, 1, sha256);
	step = index_step(&x->ix, x->origins);
	if (step < 0)
		return -1;
	if (step == 0) { /* a crash came between the file and its item */
		json_add_text(&x->head, "id", hex);
		return 0;
	}
	json_add_text(&x->head, "id", index_text(x->origins, 0));
	text = index_text(x->origins, 1);
	json_add_text(&x->head, "source", *text != '\0' ? text : NULL);
	text = index_text(x->origins, 2);
	json_add_text(&x->head, "account", *text != '\0' ? text : NULL);
	json_add_text(&x->head, "filename", index_text(x->origins, 3));
	json_add_text(&x->line, "accepted", index_text(x->origins, 7));
	text = index_text(x->origins, 4);
	if (text != NULL)
		buf_adds(metadata, text);
	buf_init(&first, RECORD_MAX);
	n = read_albums(x, &first);
	if (n > 0) {
		json_add_name(&x->line, "album");
		buf_add(&x->line, first.data, first.len);
	}
	if (n > 1) {
		json_add_name(&x->line, "albums");
		buf_printf(&x->line, "[%s]", x->albums.data);
	}
	buf_release(&first);
	return 0;
}

static void
add_file(struct exporting *x, const char *hex)
{
	sqlite3_stmt *s = x->file;
	char taken[NUM_TIME_SIZE];
	const char *text;

	json_add_text(&x->head, "mimeType", index_text(s, 3));
	if (sqlite3_column_type(s, 4) != SQLITE_NULL &&
	    num_format_time(taken, sqlite3_column_int64(s, 4)) == 0)
		json_add_text(&x->head, "creationTime", taken);
	json_add_text(&x->head, "original", index_text(s, 5));
	json_add_text(&x->line, "sha256", hex);
	json_add_int(&x->line, "size", sqlite3_column_int64(s, 1));
	json_add_text(&x->line, "path", index_text(s, 2));
	json_add_text(&x->line, "status", "stored");
	text = index_text(s, 6);
	json_add_text(&x->line, "supersededBy", *text != '\0' ? text : NULL);
	if (x->disc != NULL) {
		json_add_text(&x->line, "disc", x->disc);
		json_add_text(&x->line, "discPath", index_text(s, 7));
	}
}

/* Where it was proved to be, and when last: an object, absent when none. The
 * name of a copy is what a person typed, so it is escaped. */
static int
add_copies(struct exporting *x, const uint8_t *sha256)
{
	char proved[NUM_TIME_SIZE];
	int step, n = 0;

	index_bind_digest(x->copies, 1, sha256);
	for (step = index_step(&x->ix, x->copies); step > 0;
	     step = index_step(&x->ix, x->copies)) {
		if (num_format_time(proved,
			sqlite3_column_int64(x->copies, 1)) < 0)
			continue;
		if (n++ == 0) {
			json_add_name(&x->line, "copies");
			buf_addc(&x->line, '{');
		}
		json_add_text(&x->line, index_text(x->copies, 0), proved);
	}
	if (n > 0)
		buf_addc(&x->line, '}');
	return step;
}

/* Puts the record together; metadata that does not fit any more (the item got
 * into many albums) is left out, which is said. */
static void
join(struct exporting *x, const struct buf *metadata)
{
	struct buf *b = &x->head;

	if (metadata->len > 0 &&
	    b->len + metadata->len + x->line.len + TAIL_MAX > RECORD_MAX) {
		msg(index_text(x->file, 2),
		    "the record would be longer than "
		    "1 MiB: its metadata is left out");
		status_raise(&x->status, STATUS_SOME);
	} else if (metadata->len > 0) {
		json_add_name(b, "metadata");
		buf_add(b, metadata->data, metadata->len);
	}
	buf_addc(b, ',');
	buf_add(b, x->line.data, x->line.len);
	buf_adds(b, "}\n");
	if (b->overflowed || x->line.overflowed) {
		msg(index_text(x->file, 2),
		    "its record would be longer than "
		    "1 MiB");
		buf_clear(b);
		status_raise(&x->status, STATUS_STOPPED);
	}
}

/* Builds record N in X->head: 1, 0 at the end, -1. */
static int
build(struct exporting *x, int64_t n)
{
	uint8_t sha256[DIGEST_SIZE];
	struct buf metadata;
	char hex[DIGEST_HEX];
	int step;

	buf_clear(&x->head);
	buf_clear(&x->albums);
	buf_clear(&x->line);
	index_bind_int(x->file, 1, n);
	index_bind_text(x->file, 2, x->disc);
	step = index_step(&x->ix, x->file);
	if (step <= 0)
		return step;
	if (!index_digest(x->file, 0, sha256))
		return -1;
	digest_hex(sha256, hex);
	buf_init(&metadata, RECORD_MAX);
	buf_addc(&x->head, '{');
	step = read_origin(x, sha256, hex, &metadata);
	add_file(x, hex);
	if (step == 0)
		step = add_copies(x, sha256);
	join(x, &metadata);
	buf_release(&metadata);
	sqlite3_reset(x->origins);
	sqlite3_reset(x->file);
	return step < 0 ? -1 : 1;
}

static void
export_all(struct exporting *x)
{
	int64_t i, n = index_number(&x->ix, "SELECT count(*) FROM selected");

	if (n < 0)
		status_raise(&x->status, STATUS_STOPPED);
	x->file = index_prepare(&x->ix, file_sql);
	x->origins = index_prepare(&x->ix, origins_sql);
	x->copies = index_prepare(&x->ix,
	    "SELECT copy, proved FROM copy WHERE file = ? ORDER BY copy");
	buf_init(&x->head, RECORD_MAX + 1);
	buf_init(&x->albums, RECORD_MAX);
	buf_init(&x->line, RECORD_MAX);
	for (i = 1; i <= n; i++) {
		/* files never leave the index, so 0 is a failure too */
		if (build(x, i) <= 0) {
			status_raise(&x->status, STATUS_STOPPED);
			break;
		}
		out_write(x->head.data, x->head.len);
	}
	buf_release(&x->line);
	buf_release(&x->albums);
	buf_release(&x->head);
	sqlite3_finalize(x->copies);
	sqlite3_finalize(x->origins);
	sqlite3_finalize(x->file);
}

enum status
mode_export(const struct index_options *opt)
{
	struct exporting x = { .disc = opt->disc, .status = STATUS_DONE };

	if (index_open(&x.ix, opt->cli.archive, INDEX_READ) < 0)
		return STATUS_STOPPED;
	if (export_select(&x.ix, opt) < 0)
		x.status = STATUS_STOPPED;
	else
		export_all(&x);
	index_close(&x.ix);
	return x.status;
}
