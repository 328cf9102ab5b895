/*
 * What is known of each photo, from its records: to albums.json at once, for
 * machines, and to the tables that the pages for people are made from.
 */
#include "gp-pack/bag/show.h"

#include <fcntl.h>
#include <json-c/json.h>
#include <sys/stat.h>

#include "gp-pack/bag/text-file.h"
#include "gp-pack/media-type.h"
#include "lib/files/path.h"
#include "lib/mem.h"
#include "lib/num.h"
#include "lib/program/msg.h"
#include "lib/record/json-member.h"
#include "lib/record/json.h"

#define ALBUMS_JSON "albums.json"

struct shower {
	struct bag *bag;
	FILE *f;
	struct buf text; /* what goes to F next */
	sqlite3_stmt *files, *again, *shown, *album, *albums;
	struct record rec;
	int64_t n;
};

static const char files_sql[] =
    "SELECT o.seq, o.at, o.len, o.sha, o.size, p.path, o.taken "
    "FROM ordered o JOIN placed p USING (seq) "
    "WHERE o.seq >= ?1 AND o.seq < ?2 ORDER BY o.seq";

static int64_t
seq_of(const struct shower *w)
{
	return sqlite3_column_int64(w->files, 0);
}

static const char *
path_of(const struct shower *w)
{
	return (const char *)sqlite3_column_text(w->files, 5);
}

/* --- albums --------------------------------------------------------------- */

static int
add_album(struct shower *w, struct json_object *album)
{
	const char *title = json_text(album, "title");
	const char *id = json_text(album, "id");

	if (title == NULL && id == NULL)
		return 0;
	sqlite3_bind_text(w->album, 1, title != NULL ? title : id, -1,
	    SQLITE_STATIC);
	sqlite3_bind_text(w->album, 2, id != NULL ? id : title, -1,
	    SQLITE_STATIC);
	sqlite3_bind_int64(w->album, 3, seq_of(w));
	return record_store_run(w->bag->records, w->album);
}

/* The member NAME of the record as a tree, or NULL; the caller puts it. */
static struct json_object *
member(const struct record *rec, const char *name)
{
	const char *value;
	size_t n;

	value = record_get(rec, name, &n);
	return value != NULL ? json_parse(value, n) : NULL;
}

/* `album` and `albums` of the record in hand. */
static int
note_albums(struct shower *w)
{
	struct json_object *one = member(&w->rec, "album");
	struct json_object *all = member(&w->rec, "albums");
	size_t i, n = 0;
	int result;

	result = add_album(w, one);
	if (all != NULL && json_object_is_type(all, json_type_array))
		n = json_object_array_length(all);
	for (i = 0; i < n && result == 0; i++)
		result = add_album(w, json_object_array_get_idx(all, i));
	json_object_put(one);
	json_object_put(all);
	return result;
}

/* Those of the further records of the file in hand. */
static int
note_again(struct shower *w)
{
	struct record_store *s = w->bag->records;
	int result = 0;

	if (s->repeated == 0)
		return 0;
	sqlite3_bind_int64(w->again, 1, sqlite3_column_int64(w->files, 1));
	while (result == 0) {
		result = record_store_step(s, w->again);
		if (result <= 0)
			break;
		result = record_store_read(s, sqlite3_column_int64(w->again, 0),
		    sqlite3_column_int64(w->again, 1), &w->rec);
		if (result == 0)
			result = note_albums(w);
	}
	sqlite3_reset(w->again);
	return result;
}

/* --- albums.json ---------------------------------------------------------- */

static void
write_text(struct shower *w)
{
	fwrite(w->text.data, 1, w->text.len, w->f);
	buf_clear(&w->text);
}

/* The member NAME of the record, as it was written. */
static void
add_member(struct shower *w, const char *name)
{
	const char *value;
	size_t n;

	value = record_get(&w->rec, name, &n);
	if (value == NULL || *value == 'n')
		return;
	json_add_name(&w->text, name);
	buf_add(&w->text, value, n);
}

/* The file in hand as JSON, but for its albums and its end. */
static void
add_file(struct shower *w)
{
	static const char *const as_is[] = { "filename", "mimeType",
		"creationTime", "width", "height", "original", "source",
		"metadata" };
	char hex[DIGEST_HEX];
	size_t i;

	digest_hex(sqlite3_column_blob(w->files, 3), hex);
	buf_adds(&w->text, w->n == 0 ? "\n{" : ",\n{");
	json_add_text(&w->text, "path", path_of(w));
	json_add_text(&w->text, "sha256", hex);
	json_add_int(&w->text, "size", sqlite3_column_int64(w->files, 4));
	for (i = 0; i < COUNT(as_is); i++)
		add_member(w, as_is[i]);
}

/* An album as JSON, not yet closed: Q has its id and title. */
static void
begin_album(struct buf *b, sqlite3_stmt *q)
{
	buf_addc(b, '{');
	json_add_text(b, "id", (const char *)sqlite3_column_text(q, 0));
	json_add_text(b, "title", (const char *)sqlite3_column_text(q, 1));
}

/* The file in hand as add_file() left it, with all its albums. */
static int
write_file_albums(struct shower *w)
{
	int result, n = 0;

	sqlite3_bind_int64(w->albums, 1, seq_of(w));
	for (;;) {
		result = record_store_step(w->bag->records, w->albums);
		if (result <= 0)
			break;
		if (n++ == 0)
			json_add_name(&w->text, "albums");
		buf_addc(&w->text, n == 1 ? '[' : ',');
		begin_album(&w->text, w->albums);
		buf_addc(&w->text, '}');
		write_text(w);
	}
	sqlite3_reset(w->albums);
	buf_adds(&w->text, n > 0 ? "]}" : "}");
	write_text(w);
	return result;
}

/* --- what is shown -------------------------------------------------------- */

/* What a person wrote about it, as Google has it; NULL where nobody did. */
static const char *
caption(struct json_object *metadata)
{
	const char *text = json_text(metadata, "description");

	return text != NULL && *text != '\0' ? text : NULL;
}

static int
note_shown(struct shower *w)
{
	struct json_object *metadata = member(&w->rec, "metadata");
	int64_t size = sqlite3_column_int64(w->files, 4);
	int64_t n = seq_of(w) - w->bag->first + 1;
	const char *name, *text = caption(metadata);
	char time[NUM_TIME_SIZE] = "", thumb[32];
	enum media_type type;
	struct stat st;
	int result;

	if (sqlite3_column_type(w->files, 6) != SQLITE_NULL)
		num_format_time(time, sqlite3_column_int64(w->files, 6));
	name = record_text(&w->rec, "filename");
	type = media_type_of(record_text(&w->rec, "mimeType"), path_of(w));
	snprintf(thumb, sizeof(thumb), "thumbs/%06lld.jpg", (long long)n);
	sqlite3_bind_int64(w->shown, 1, seq_of(w));
	sqlite3_bind_text(w->shown, 2, path_of(w), -1, SQLITE_STATIC);
	sqlite3_bind_int64(w->shown, 3, size);
	sqlite3_bind_text(w->shown, 4, time, -1, SQLITE_STATIC);
	sqlite3_bind_text(w->shown, 5,
	    name != NULL ? name : path_base(path_of(w)), -1, SQLITE_STATIC);
	sqlite3_bind_int(w->shown, 6, type);
	sqlite3_bind_int(w->shown, 7,
	    fstatat(w->bag->fd, thumb, &st, AT_SYMLINK_NOFOLLOW) == 0);
	sqlite3_bind_text(w->shown, 8, text, -1, SQLITE_STATIC);
	result = record_store_run(w->bag->records, w->shown);
	json_object_put(metadata);
	return result;
}

/* --- all of them ---------------------------------------------------------- */

static int
show_one(struct shower *w)
{
	if (record_store_read(w->bag->records,
		sqlite3_column_int64(w->files, 1),
		sqlite3_column_int64(w->files, 2), &w->rec) < 0)
		return -1;
	add_file(w);
	w->n++;
	if (note_shown(w) < 0 || note_albums(w) < 0 || note_again(w) < 0)
		return -1;
	return write_file_albums(w);
}

/* The albums, at the end: all are known then. */
static int
write_albums(struct shower *w)
{
	struct record_store *s = w->bag->records;
	sqlite3_stmt *q;
	int result, n = 0;

	q = record_store_prepare(s,
	    "SELECT id, title, count(*) FROM in_album "
	    "GROUP BY title, id ORDER BY title, id");
	for (;;) {
		result = record_store_step(s, q);
		if (result <= 0)
			break;
		buf_adds(&w->text, n++ == 0 ? "\n" : ",\n");
		begin_album(&w->text, q);
		json_add_int(&w->text, "files", sqlite3_column_int64(q, 2));
		buf_addc(&w->text, '}');
		write_text(w);
	}
	sqlite3_finalize(q);
	return result;
}

static int
show_all(struct shower *w)
{
	struct record_store *s = w->bag->records;
	int result;

	buf_addc(&w->text, '{');
	json_add_text(&w->text, "label", w->bag->label);
	json_add_name(&w->text, "files");
	buf_addc(&w->text, '[');
	write_text(w);
	for (;;) {
		result = record_store_step(s, w->files);
		if (result <= 0)
			break;
		if (show_one(w) < 0)
			return -1;
	}
	/* gp-disc reads a damaged one line by line */
	fputs("],\n", w->f);
	json_add_name(&w->text, "albums");
	buf_addc(&w->text, '[');
	write_text(w);
	if (result < 0 || write_albums(w) < 0)
		return -1;
	fputs("]}\n", w->f);
	return 0;
}

int
bag_write_show(struct bag *bag)
{
	struct shower w = { .bag = bag };
	struct record_store *s = bag->records;
	int result;

	if (record_store_exec(s, "DELETE FROM shown; DELETE FROM in_album") < 0)
		return -1;
	w.f = text_file_create(bag->fd, ALBUMS_JSON);
	if (w.f == NULL)
		return -1;
	buf_init(&w.text, RECORD_MAX * 16);
	record_init(&w.rec);
	w.files = record_store_range(s, files_sql, bag->first, bag->end);
	w.again = record_store_prepare(s,
	    "SELECT at, len FROM again WHERE first = ?1");
	w.shown = record_store_prepare(s,
	    "INSERT INTO shown VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
	w.album = record_store_prepare(s,
	    "INSERT OR IGNORE INTO in_album VALUES(?1, ?2, ?3)");
	w.albums = record_store_prepare(s,
	    "SELECT id, title FROM in_album "
	    "WHERE seq = ?1 ORDER BY title, id");
	result = show_all(&w);
	sqlite3_finalize(w.files);
	sqlite3_finalize(w.again);
	sqlite3_finalize(w.shown);
	sqlite3_finalize(w.album);
	sqlite3_finalize(w.albums);
	record_release(&w.rec);
	buf_release(&w.text);
	return text_file_close(w.f, ALBUMS_JSON) < 0 ? -1 : result;
}
