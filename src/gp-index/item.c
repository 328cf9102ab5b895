#include "gp-index/item.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/json.h"
#include "lib/mem.h"
#include "lib/msg.h"
#include "lib/name.h"
#include "lib/num.h"

void
item_key(struct digest *d, const char *id, const char *filename,
    uint8_t key[static DIGEST_SIZE])
{
	digest_begin(d);
	digest_add(d, id, strlen(id) + 1);
	if (filename != NULL)
		digest_add(d, filename, strlen(filename));
	digest_end(d, key);
}

/* The first 63 bits of SHA-256 over `album` and `metadata` as written. */
static int64_t
noted_hash(const struct record *rec, struct digest *d)
{
	static const char *const names[] = { "album", "metadata" };
	uint8_t digest[DIGEST_SIZE];
	const char *value;
	uint64_t hash;
	size_t i, n;

	digest_begin(d);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		value = record_get(rec, names[i], &n);
		if (value != NULL)
			digest_add(d, value, n);
		digest_add(d, "", 1);
	}
	digest_end(d, digest);
	memcpy(&hash, digest, sizeof(hash));
	return (int64_t)(hash >> 1);
}

static const char *
text_or_empty(struct record *rec, const char *name)
{
	const char *text = record_text(rec, name);

	return text != NULL ? text : "";
}

int
item_read(struct item *item, struct record *rec, struct digest *d)
{
	item->id = record_text(rec, "id");
	if (item->id == NULL)
		return -1;
	item->source = text_or_empty(rec, "source");
	item->account = text_or_empty(rec, "account");
	item->filename = record_text(rec, "filename");
	item_key(d, item->id, item->filename, item->key);
	item->noted = noted_hash(rec, d);
	return 0;
}

void
item_statements_init(struct item_statements *st, struct index *ix)
{
	st->ix = ix;
	st->known = index_prepare(ix,
	    "SELECT noted FROM item WHERE key = ? AND source = ? "
	    "AND account = ? AND file IS NOT NULL");
	st->upsert = index_prepare(ix,
	    "INSERT INTO item (key, source, account, id, noted, file, "
	    "filename, mime, taken, metadata) VALUES (?,?,?,?,?,?,?,?,?,?) "
	    "ON CONFLICT (key, source, account) DO UPDATE SET "
	    "noted = excluded.noted, "
	    "file = coalesce(excluded.file, file), "
	    "mime = coalesce(excluded.mime, mime), "
	    "taken = coalesce(excluded.taken, taken), "
	    "metadata = coalesce(excluded.metadata, metadata) "
	    "RETURNING item");
	st->album = index_prepare(ix,
	    "INSERT INTO album (id, title) VALUES (?, ?) "
	    "ON CONFLICT (id) DO UPDATE SET title = excluded.title "
	    "WHERE title <> excluded.title");
	st->album_find =
	    index_prepare(ix, "SELECT album FROM album WHERE id = ?");
	st->member = index_prepare(ix,
	    "INSERT OR IGNORE INTO item_album (item, album) VALUES (?, ?)");
	st->failure = index_prepare(ix,
	    "INSERT INTO failure (source, account, id, filename, stage, code, "
	    "message, first, last, times) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?8,1) "
	    "ON CONFLICT (source, account, id) DO UPDATE SET stage = ?5, "
	    "code = ?6, message = ?7, last = ?8, times = times + 1");
	st->failure_clear = index_prepare(ix,
	    "DELETE FROM failure WHERE source = ? AND account = ? AND id = ?");
}

void
item_statements_release(struct item_statements *st)
{
	sqlite3_finalize(st->known);
	sqlite3_finalize(st->upsert);
	sqlite3_finalize(st->album);
	sqlite3_finalize(st->album_find);
	sqlite3_finalize(st->member);
	sqlite3_finalize(st->failure);
	sqlite3_finalize(st->failure_clear);
}

static void
bind_identity(sqlite3_stmt *s, const struct item *item)
{
	index_bind_digest(s, 1, item->key);
	index_bind_text(s, 2, item->source);
	index_bind_text(s, 3, item->account);
}

int
item_known(struct item_statements *st, const struct item *item, bool *same)
{
	int found;

	bind_identity(st->known, item);
	found = index_step(st->ix, st->known);
	if (found > 0) {
		*same = sqlite3_column_type(st->known, 0) != SQLITE_NULL &&
		    sqlite3_column_int64(st->known, 0) == item->noted;
		sqlite3_reset(st->known);
	}
	return found;
}

/* One row's number from S, or -1. */
static int64_t
one_number(struct index *ix, sqlite3_stmt *s)
{
	int64_t number = -1;

	if (index_step(ix, s) > 0)
		number = sqlite3_column_int64(s, 0);
	return index_run(ix, s) < 0 ? -1 : number;
}

/* The album's number, made where new; -1 with the reason said. */
static int64_t
album_number(struct item_statements *st, const char *id, const char *title)
{
	index_bind_text(st->album, 1, id);
	index_bind_text(st->album, 2, title);
	if (index_run(st->ix, st->album) < 0)
		return -1;
	index_bind_text(st->album_find, 1, id);
	return one_number(st->ix, st->album_find);
}

/* Puts ITEM in the album that REC names, if it names one. */
static int
note_album(struct item_statements *st, int64_t item, const struct record *rec)
{
	struct json_object *album;
	const char *raw, *title, *id;
	int64_t number;
	size_t n;

	raw = record_get(rec, "album", &n);
	album = raw != NULL ? json_parse(raw, n) : NULL;
	title = json_text(album, "title");
	id = json_text(album, "id");
	if (id == NULL)
		id = title;
	if (id == NULL || *id == '\0') {
		json_object_put(album);
		return 0;
	}
	number = album_number(st, id, title != NULL ? title : id);
	json_object_put(album);
	if (number < 0)
		return -1;
	index_bind_int(st->member, 1, item);
	index_bind_int(st->member, 2, number);
	return index_run(st->ix, st->member);
}

static void
bind_details(sqlite3_stmt *s, struct record *rec)
{
	const char *time_text, *metadata;
	int64_t taken;
	size_t n;

	index_bind_text(s, 8, record_text(rec, "mimeType"));
	time_text = record_text(rec, "creationTime");
	if (time_text != NULL && num_parse_time(time_text, &taken, NULL) == 0)
		index_bind_int(s, 9, taken);
	metadata = record_get(rec, "metadata", &n);
	if (metadata != NULL &&
	    sqlite3_bind_text(s, 10, metadata, (int)n, SQLITE_STATIC) !=
		SQLITE_OK)
		msg_die("metadata that the index can't take");
}

static int
clear_failure(struct item_statements *st, const struct item *item)
{
	index_bind_text(st->failure_clear, 1, item->source);
	index_bind_text(st->failure_clear, 2, item->account);
	index_bind_text(st->failure_clear, 3, item->id);
	return index_run(st->ix, st->failure_clear);
}

int
item_note(struct item_statements *st, const struct item *item,
    struct record *rec, const uint8_t *file)
{
	sqlite3_stmt *s = st->upsert;
	int64_t number;

	sqlite3_clear_bindings(s);
	bind_identity(s, item);
	index_bind_text(s, 4, item->id);
	index_bind_int(s, 5, item->noted);
	if (file != NULL)
		index_bind_digest(s, 6, file);
	index_bind_text(s, 7, item->filename);
	bind_details(s, rec);
	number = one_number(st->ix, s);
	if (number < 0 || note_album(st, number, rec) < 0)
		return -1;
	return file != NULL ? clear_failure(st, item) : 0;
}

static const char *
or_unknown(const char *text)
{
	return text != NULL ? text : "unknown";
}

int
item_note_failure(struct item_statements *st, struct record *rec)
{
	sqlite3_stmt *s = st->failure;
	struct json_object *error;
	const char *raw;
	size_t n = 0;
	int result;

	raw = record_get(rec, "error", &n);
	error = raw != NULL ? json_parse(raw, n) : NULL;
	sqlite3_clear_bindings(s);
	index_bind_text(s, 1, text_or_empty(rec, "source"));
	index_bind_text(s, 2, text_or_empty(rec, "account"));
	index_bind_text(s, 3, text_or_empty(rec, "id"));
	index_bind_text(s, 4, record_text(rec, "filename"));
	index_bind_text(s, 5, or_unknown(json_text(error, "stage")));
	index_bind_text(s, 6, or_unknown(json_text(error, "code")));
	index_bind_text(s, 7, or_unknown(json_text(error, "message")));
	index_bind_int(s, 8, time(NULL));
	result = index_run(st->ix, s);
	json_object_put(error);
	return result;
}
