#include "gp-index/items/item.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gp-index/items/stem.h"
#include "lib/mem.h"
#include "lib/name.h"
#include "lib/program/msg.h"
#include "lib/record/item-key.h"

static const char *
text_or_empty(struct record *rec, const char *name)
{
	const char *text = record_text(rec, name);

	return text != NULL ? text : "";
}

static bool
is(struct record *rec, const char *name, const char *value)
{
	return strcmp(text_or_empty(rec, name), value) == 0;
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
	item->session = record_text(rec, "session");
	item_key(d, item->id, item->filename, item->key);
	version_read(&item->version, rec, d);
	item->proved = item->version.from_takeout && is(rec, "original", "yes");
	return 0;
}

bool
item_names_file(const struct item *item, const char *name)
{
	char hex[DIGEST_HEX];

	digest_hex(item->key, hex);
	return strncmp(name, hex, DIGEST_HEX - 1) == 0;
}

void
item_statements_init(struct item_statements *st, struct index *ix)
{
	st->ix = ix;
	record_init(&st->inner);
	st->digest = digest_new();
	st->known = index_prepare(ix,
	    "SELECT noted, as_of, file IS NOT NULL, session, item, "
	    "(SELECT original <> 'yes' FROM file WHERE sha256 = item.file), "
	    "taken, taken_as_of, metadata, metadata_as_of FROM item "
	    "WHERE key = ? AND source = ? AND account = ?");
	st->member_known = index_prepare(ix,
	    "SELECT 1 FROM album JOIN item_album USING (album) "
	    "WHERE item_album.item = ?1 AND album.id = ?2 AND "
	    "(title = ?3 OR (as_of <= " INDEX_NOW " AND "
	    "(as_of > ?4 OR (as_of = ?4 AND title > ?3))))");
	st->before = index_prepare(ix,
	    "SELECT item, taken, file, noted, as_of, "
	    "taken, taken_as_of, metadata, metadata_as_of FROM item "
	    "WHERE key = ? AND source = ? AND account = ?");
	st->any_file = index_prepare(ix,
	    "SELECT file FROM item WHERE key = ? AND file IS NOT NULL LIMIT 1");
	st->upsert = index_prepare(ix,
	    "INSERT INTO item (key, source, account, id, noted, file, "
	    "filename, mime, taken, metadata, stem, session, as_of, "
	    "taken_as_of, metadata_as_of) "
	    "VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13, "
	    "iif(?9 IS NULL, NULL, ?13), iif(?10 IS NULL, NULL, ?13)) "
	    "ON CONFLICT (key, source, account) DO UPDATE SET "
	    "noted = iif(?14, excluded.noted, noted), "
	    "as_of = iif(?14, excluded.as_of, as_of), "
	    "file = coalesce(excluded.file, file), "
	    "mime = iif(?14, coalesce(excluded.mime, mime), "
	    "coalesce(mime, excluded.mime)), "
	    "taken = coalesce(excluded.taken, taken), "
	    "taken_as_of = iif(excluded.taken IS NULL, taken_as_of, "
	    "excluded.as_of), "
	    "metadata = coalesce(excluded.metadata, metadata), "
	    "metadata_as_of = iif(excluded.metadata IS NULL, metadata_as_of, "
	    "excluded.as_of), "
	    "session = coalesce(excluded.session, session) "
	    "RETURNING item, taken, file");
	st->album = index_prepare(ix,
	    "INSERT INTO album (id, title, as_of) VALUES (?, ?, ?) "
	    "ON CONFLICT (id) DO UPDATE SET title = excluded.title, "
	    "as_of = excluded.as_of WHERE title <> excluded.title "
	    "AND (as_of IS NULL OR as_of > " INDEX_NOW " "
	    "OR excluded.as_of > as_of "
	    "OR (excluded.as_of = as_of AND excluded.title > title))");
	st->album_find = index_prepare(ix,
	    "SELECT album FROM album WHERE id = ?");
	st->member = index_prepare(ix,
	    "INSERT OR IGNORE INTO item_album (item, album) VALUES (?, ?)");
	st->failure = index_prepare(ix,
	    "INSERT INTO failure (source, account, id, filename, stage, code, "
	    "message, first, last, times) SELECT ?1,?2,?3,?4,?5,?6,?7,?8,?8,1 "
	    /* another run may have stored it, and its source be gone since */
	    "WHERE NOT (?5 IN ('gp-list', 'gp-fetch', 'gp-hash') "
	    "OR (?5 = 'gp-index' AND ?6 = 'unreadable')) "
	    "OR NOT EXISTS (SELECT 1 FROM item WHERE key = ?9 "
	    "AND source = ?1 AND account = ?2 AND file IS NOT NULL) "
	    "ON CONFLICT (source, account, id) DO UPDATE SET stage = ?5, "
	    "code = ?6, message = ?7, last = ?8, times = times + 1, "
	    /* what has no id is never the same again */
	    "accepted = CASE id WHEN '' THEN NULL ELSE accepted END");
	st->failure_album = index_prepare(ix,
	    "INSERT OR IGNORE INTO failure_album (source, account, id, album) "
	    "VALUES (?, ?, ?, ?)");
	st->failure_clear = index_prepare(ix,
	    "DELETE FROM failure WHERE source = ? AND account = ? AND id = ?");
	retime_init(&st->retime, ix);
	supersede_init(&st->supersede, ix);
}

void
item_statements_release(struct item_statements *st)
{
	sqlite3_finalize(st->known);
	sqlite3_finalize(st->member_known);
	sqlite3_finalize(st->upsert);
	sqlite3_finalize(st->album);
	sqlite3_finalize(st->album_find);
	sqlite3_finalize(st->member);
	sqlite3_finalize(st->failure);
	sqlite3_finalize(st->failure_album);
	sqlite3_finalize(st->failure_clear);
	sqlite3_finalize(st->before);
	sqlite3_finalize(st->any_file);
	retime_release(&st->retime);
	supersede_release(&st->supersede);
	record_release(&st->inner);
	digest_free(st->digest);
}

static void
bind_identity(sqlite3_stmt *s, const struct item *item)
{
	index_bind_digest(s, 1, item->key);
	index_bind_text(s, 2, item->source);
	index_bind_text(s, 3, item->account);
}

/* Whether ITEM is of no session, or of the one NOTED (or NULL). */
static bool
is_of_session(const struct item *item, const char *noted)
{
	return item->session == NULL ||
	    (noted != NULL && strcmp(item->session, noted) == 0);
}

/* The album that REC names; false where it names none. The texts live until
 * ST reads another object. */
static bool
read_album(struct item_statements *st, const struct record *rec,
    const char **id, const char **title)
{
	if (!record_object(rec, "album", &st->inner))
		return false;
	*title = record_text(&st->inner, "title");
	*id = record_text(&st->inner, "id");
	if (*id == NULL)
		*id = *title;
	if (*title == NULL)
		*title = *id;
	return *id != NULL && **id != '\0';
}

/* Whether the item of row ROW is in the album that REC names, under that title
 * or a newer one: 1, 0, or -1 with the reason said. */
static int
is_member(struct item_statements *st, int64_t row, const struct item *item,
    const struct record *rec)
{
	const char *id, *title;
	int found;

	if (!read_album(st, rec, &id, &title))
		return 1;
	index_bind_int(st->member_known, 1, row);
	index_bind_text(st->member_known, 2, id);
	index_bind_text(st->member_known, 3, title);
	index_bind_int(st->member_known, 4, item->version.as_of);
	found = index_step(st->ix, st->member_known);
	if (found > 0)
		sqlite3_reset(st->member_known);
	return found;
}

int
item_known(struct item_statements *st, const struct item *item,
    struct record *rec, bool *same)
{
	struct said said = said_read(rec);
	struct version_noted noted;
	int found, stored, member;
	int64_t row;
	bool newer;

	*same = true;
	bind_identity(st->known, item);
	found = index_step(st->ix, st->known);
	if (found <= 0)
		return found;
	noted = version_read_noted(st->known, 0);
	stored = sqlite3_column_int(st->known, 2);
	newer = version_is_newer(&item->version, &noted, true);
	said_drop_older(&said, st->known, 6, &item->version, &noted, newer);
	*same = is_of_session(item, index_text(st->known, 3)) && !newer &&
	    !said.has_taken && said.metadata == NULL &&
	    !(item->proved && sqlite3_column_int(st->known, 5) != 0);
	row = sqlite3_column_int64(st->known, 4);
	sqlite3_reset(st->known);
	member = is_member(st, row, item, rec);
	*same = *same && member > 0;
	return member < 0 ? -1 : stored;
}

int
item_file(struct item_statements *st, const struct item *item,
    uint8_t sha256[static DIGEST_SIZE])
{
	int found;

	bind_identity(st->before, item);
	found = index_step(st->ix, st->before);
	if (found > 0) {
		found = index_digest(st->before, 2, sha256);
		sqlite3_reset(st->before);
	}
	return found;
}

int
item_file_of_any(struct item_statements *st, const struct item *item,
    uint8_t sha256[static DIGEST_SIZE])
{
	int found;

	index_bind_digest(st->any_file, 1, item->key);
	found = index_step(st->ix, st->any_file);
	if (found > 0) {
		found = index_digest(st->any_file, 0, sha256);
		sqlite3_reset(st->any_file);
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
album_number(struct item_statements *st, const char *id, const char *title,
    int64_t as_of)
{
	sqlite3_clear_bindings(st->album);
	index_bind_text(st->album, 1, id);
	index_bind_text(st->album, 2, title);
	if (as_of != VERSION_UNDATED)
		index_bind_int(st->album, 3, as_of);
	if (index_run(st->ix, st->album) < 0)
		return -1;
	index_bind_text(st->album_find, 1, id);
	return one_number(st->ix, st->album_find);
}

/* The number of the album that REC names: 1, 0 where it names none, -1. */
static int
named_album(struct item_statements *st, const struct record *rec, int64_t as_of,
    int64_t *number)
{
	const char *title, *id;

	if (!read_album(st, rec, &id, &title))
		return 0;
	*number = album_number(st, id, title, as_of);
	return *number < 0 ? -1 : 1;
}

/* Puts ITEM in the album that REC names, if it names one. */
static int
note_album(struct item_statements *st, int64_t item, int64_t as_of,
    const struct record *rec)
{
	int64_t number;
	int named;

	named = named_album(st, rec, as_of, &number);
	if (named <= 0)
		return named;
	index_bind_int(st->member, 1, item);
	index_bind_int(st->member, 2, number);
	return index_run(st->ix, st->member);
}

static void
bind_said(sqlite3_stmt *s, const struct said *said)
{
	if (said->has_taken)
		index_bind_int(s, 9, said->taken);
	if (said->metadata != NULL &&
	    sqlite3_bind_text(s, 10, said->metadata, (int)said->size,
		SQLITE_STATIC) != SQLITE_OK)
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

/* What decides whether copies are superseded: when an item was taken, and its
 * file. */
struct standing {
	int64_t row; /* -1: there is no such item */
	bool has_taken, has_file;
	int64_t taken;
	uint8_t file[DIGEST_SIZE];
};

/* Reads the row (item, taken, file, ...) that S yields: 1, 0 where it yields
 * none, or -1. */
static int
read_standing(struct index *ix, sqlite3_stmt *s, struct standing *standing)
{
	int step;

	memset(standing, 0, sizeof(*standing));
	standing->row = -1;
	step = index_step(ix, s);
	if (step <= 0)
		return step;
	standing->row = sqlite3_column_int64(s, 0);
	standing->has_taken = sqlite3_column_type(s, 1) != SQLITE_NULL;
	standing->taken = sqlite3_column_int64(s, 1);
	standing->has_file = index_digest(s, 2, standing->file);
	return 1;
}

/* How ITEM stands BEFORE it is kept; leaves in SAID what is newer than that. 1
 * where it is newer as a whole, else 0, or -1. */
static int
read_before(struct item_statements *st, const struct item *item, bool last,
    struct standing *before, struct said *said)
{
	struct version_noted noted = { .as_of = VERSION_UNDATED };
	bool newer;
	int found;

	bind_identity(st->before, item);
	found = read_standing(st->ix, st->before, before);
	if (found < 0)
		return -1;
	if (found > 0)
		noted = version_read_noted(st->before, 3);
	newer = version_is_newer(&item->version, &noted, last);
	if (found > 0)
		said_drop_older(said, st->before, 5, &item->version, &noted,
		    newer);
	sqlite3_reset(st->before);
	return newer;
}

/* Judges the copies that an item STANDING so is or may be the original of. */
static int
judge_standing(struct item_statements *st, const struct standing *standing,
    const char *stem)
{
	return supersede_judge(&st->supersede,
	    standing->has_taken ? &standing->taken : NULL, stem,
	    standing->has_file ? standing->file : NULL);
}

/* Whether there is anything to judge beyond what NOW stands for. */
static bool
has_moved(const struct standing *before, const struct standing *now)
{
	if (before->row < 0)
		return false;
	return (before->has_taken && before->taken != now->taken) ||
	    (before->has_file &&
		memcmp(before->file, now->file, DIGEST_SIZE) != 0);
}

/* Keeps the item and its album; how it stood BEFORE and stands NOW. */
static int
upsert(struct item_statements *st, const struct item *item, struct record *rec,
    const uint8_t *file, const char *stem, bool last, struct standing *before,
    struct standing *now)
{
	struct said said = said_read(rec);
	sqlite3_stmt *s = st->upsert;
	int newer;

	newer = read_before(st, item, last, before, &said);
	if (newer < 0)
		return -1;
	sqlite3_clear_bindings(s);
	bind_identity(s, item);
	index_bind_text(s, 4, item->id);
	index_bind_int(s, 5, item->version.hash);
	if (file != NULL)
		index_bind_digest(s, 6, file);
	index_bind_text(s, 7, item->filename);
	index_bind_text(s, 8, record_text(rec, "mimeType"));
	bind_said(s, &said);
	index_bind_text(s, 11, stem);
	index_bind_text(s, 12, item->session);
	if (item->version.as_of != VERSION_UNDATED)
		index_bind_int(s, 13, item->version.as_of);
	index_bind_int(s, 14, newer);
	if (read_standing(st->ix, s, now) <= 0 || index_run(st->ix, s) < 0)
		return -1;
	return note_album(st, now->row, item->version.as_of, rec);
}

static int
keep(struct item_statements *st, const struct item *item, struct record *rec,
    const uint8_t *file, bool last)
{
	struct standing before, now;
	char *stem = stem_of(item->filename);
	bool failed;

	failed = upsert(st, item, rec, file, stem, last, &before, &now) < 0 ||
	    (now.has_file && retime_file(&st->retime, now.file, rec) < 0) ||
	    (item->proved && now.has_file &&
		supersede_promote(&st->supersede, now.file) < 0) ||
	    judge_standing(st, &now, stem) < 0 ||
	    (has_moved(&before, &now) && judge_standing(st, &before, stem) < 0);
	free(stem);
	if (failed)
		return -1;
	return file != NULL ? clear_failure(st, item) : 0;
}

int
item_note(struct item_statements *st, const struct item *item,
    struct record *rec, const uint8_t *file)
{
	return keep(st, item, rec, file, true);
}

int
item_store(struct item_statements *st, const struct item *item,
    struct record *rec, const uint8_t *file)
{
	if (is(rec, "original", "yes") &&
	    supersede_promote(&st->supersede, file) < 0)
		return -1;
	return keep(st, item, rec, file, false);
}

static const char *
or_unknown(const char *text)
{
	return text != NULL ? text : "unknown";
}

static void
bind_failure(sqlite3_stmt *s, struct record *rec)
{
	index_bind_text(s, 1, text_or_empty(rec, "source"));
	index_bind_text(s, 2, text_or_empty(rec, "account"));
	index_bind_text(s, 3, text_or_empty(rec, "id"));
}

/* Failures without an id are one row: whose album it is can't be said. */
static int
note_failure_album(struct item_statements *st, struct record *rec)
{
	int64_t number;
	int named;

	if (*text_or_empty(rec, "id") == '\0')
		return 0;
	named = named_album(st, rec, VERSION_UNDATED, &number);
	if (named <= 0)
		return named;
	bind_failure(st->failure_album, rec);
	index_bind_int(st->failure_album, 4, number);
	return index_run(st->ix, st->failure_album);
}

/* Whether it is but the end of what a stage wrote that died: no item failed,
 * and what the line was to be is listed again. */
static bool
is_cut(struct record *rec, struct record *error)
{
	const char *message = record_text(error, "message"), *tail;

	if (message == NULL || record_text(rec, "id") != NULL)
		return false;
	tail = strstr(message, RECORD_CUT);
	return tail != NULL && strcmp(tail, RECORD_CUT) == 0;
}

int
item_note_failure(struct item_statements *st, struct record *rec)
{
	sqlite3_stmt *s = st->failure;
	struct record *error = &st->inner;
	uint8_t key[DIGEST_SIZE];

	record_object(rec, "error", error);
	if (is_cut(rec, error))
		return 0;
	sqlite3_clear_bindings(s);
	bind_failure(s, rec);
	index_bind_text(s, 4, record_text(rec, "filename"));
	index_bind_text(s, 5, or_unknown(record_text(error, "stage")));
	index_bind_text(s, 6, or_unknown(record_text(error, "code")));
	index_bind_text(s, 7, or_unknown(record_text(error, "message")));
	index_bind_int(s, 8, time(NULL));
	item_key(st->digest, text_or_empty(rec, "id"),
	    record_text(rec, "filename"), key);
	index_bind_digest(s, 9, key);
	if (index_run(st->ix, s) < 0)
		return -1;
	return sqlite3_changes(st->ix->db) > 0 ? note_failure_album(st, rec)
					       : 0;
}
