#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "gp-list/address.h"
#include "gp-list/kind.h"
#include "gp-list/takeout-meta.h"
#include "gp-list/takeout-name.h"
#include "gp-list/takeout.h"
#include "lib/mem.h"
#include "lib/msg.h"
#include "lib/name.h"
#include "lib/num.h"

#define TEXT_MAX ((size_t)512 * 1024)

/* A medium, as SQL_MEMBERS has it; texts are owned. */
struct medium {
	int64_t id, part, size, taken, sidecar;
	char *path;
	const char *name; /* in PATH */
	char *item;
	char *url; /* of the sidecar, or "" */
	bool has_crc, trashed;
	uint32_t crc;
	enum media_time time_from;
	enum name_tie tie;
	int flags;
};

static void
medium_release(struct medium *m)
{
	free(m->path);
	free(m->item);
	free(m->url);
	memset(m, 0, sizeof(*m));
}

/* The next medium after M, in the order of the parts. */
static bool
medium_next(struct takeout *t, struct medium *m)
{
	sqlite3_stmt *s = takeout_sql(&t->db, SQL_MEMBERS);
	const int64_t after = m->id;

	medium_release(m);
	takeout_bind(s, 1, after);
	if (!takeout_row(&t->db, s))
		return false;
	m->id = sqlite3_column_int64(s, 0);
	m->part = sqlite3_column_int64(s, 1);
	m->path = mem_strdup(takeout_text(s, 2));
	m->name = m->path + sqlite3_column_int64(s, 3);
	m->size = sqlite3_column_int64(s, 4);
	m->has_crc = sqlite3_column_type(s, 5) != SQLITE_NULL;
	m->crc = (uint32_t)sqlite3_column_int64(s, 5);
	m->taken = sqlite3_column_int64(s, 6);
	m->time_from = sqlite3_column_type(s, 6) == SQLITE_NULL
	    ? MEDIA_TIME_NONE
	    : (enum media_time)sqlite3_column_int(s, 7);
	m->sidecar = sqlite3_column_type(s, 8) == SQLITE_NULL
	    ? -1
	    : sqlite3_column_int64(s, 8);
	m->tie = (enum name_tie)sqlite3_column_int(s, 9);
	m->item = mem_strdup(takeout_text(s, 10));
	m->flags = sqlite3_column_int(s, 12);
	m->trashed = sqlite3_column_int(s, 11) == FOLDER_TRASH ||
	    (m->flags & SIDECAR_TRASHED) != 0;
	m->url = mem_strdup(takeout_text(s, 13));
	sqlite3_reset(s);
	return true;
}

/* takeout:URL#SIZE-CRC, or takeout:NAME#SIZE-CRC without a sidecar: the copy
 * in another folder is the same item, an edited photo is a new one. */
static void
add_id(struct buf *text, const struct medium *m)
{
	char *name;

	buf_adds(text, "takeout:");
	if (*m->url != '\0') {
		buf_adds(text, m->url);
	} else {
		name = name_nfc(m->name);
		buf_adds(text, name);
		free(name);
	}
	buf_printf(text, "#%lld", (long long)m->size);
	if (m->has_crc)
		buf_printf(text, "-%08x", (unsigned)m->crc);
}

/* Gives each medium its id; what is in the trash gets none unless asked. */
static void
name_items(struct takeout *t)
{
	struct medium m = { .id = 0 };
	struct buf text;
	sqlite3_stmt *s;

	buf_init(&text, TEXT_MAX);
	while (medium_next(t, &m)) {
		if (m.trashed && !t->trash_asked)
			continue;
		buf_clear(&text);
		add_id(&text, &m);
		s = takeout_sql(&t->db, SQL_ITEM);
		takeout_bind(s, 1, m.id);
		takeout_bind_text(s, 2, text.data);
		takeout_run(&t->db, s);
	}
	buf_release(&text);
}

/* Appends the address of PATH in part PART. */
static void
add_url(struct takeout *t, struct buf *text, int64_t part, const char *path)
{
	buf_adds(text, "file://");
	address_add(text, t->export->part[part].path);
	if (t->export->tree) {
		buf_addc(text, '/');
		address_add(text, path);
	}
}

/* One more {"url":...,"member":...} of alt. */
static void
add_place(struct takeout *t, struct buf *alt, int64_t part, const char *path)
{
	struct buf url;

	buf_init(&url, TEXT_MAX);
	add_url(t, &url, part, path);
	buf_adds(alt, alt->len == 0 ? "[{\"url\":" : ",{\"url\":");
	buf_add_json(alt, url.data, url.len);
	if (!t->export->tree) {
		buf_adds(alt, ",\"member\":");
		buf_add_json(alt, path, strlen(path));
	}
	buf_addc(alt, '}');
	buf_release(&url);
}

static void
set_places(struct takeout *t, struct record *rec, const struct medium *m)
{
	sqlite3_stmt *s = takeout_sql(&t->db, SQL_PLACES);
	struct buf text;

	buf_init(&text, TEXT_MAX);
	add_url(t, &text, m->part, m->path);
	record_set_text(rec, "url", text.data);
	if (!t->export->tree)
		record_set_text(rec, "member", m->path);
	buf_clear(&text);
	takeout_bind_text(s, 1, m->item);
	takeout_bind(s, 2, m->id);
	while (takeout_row(&t->db, s) && !text.overflowed)
		add_place(
		    t, &text, sqlite3_column_int64(s, 0), takeout_text(s, 1));
	sqlite3_reset(s);
	buf_addc(&text, ']');
	if (text.len > 1 && !text.overflowed)
		record_set_raw(rec, "alt", text.data, text.len);
	buf_release(&text);
}

/* The sidecar's title is the name that the photo came with, before Takeout cut
 * it; but that of another file where the sidecar is only shared. */
static void
set_filename(struct record *rec, const struct medium *m, const char *title)
{
	const char *ours = strrchr(m->name, '.');
	const char *theirs = strrchr(title, '.');

	if (m->tie != NAME_OWN || ours == NULL || theirs == NULL ||
	    strcasecmp(ours, theirs) != 0 || strpbrk(title, "/\\") != NULL)
		title = m->name;
	record_set_text(rec, "filename", title);
}

static void
set_time(struct record *rec, bool has_taken, int64_t taken)
{
	char text[NUM_TIME_SIZE];

	if (has_taken && num_format_time(text, taken) == 0)
		record_set_text(rec, "creationTime", text);
}

/* filename, creationTime and metadata, from the sidecar where there is one. */
static void
set_facts(struct takeout *t, struct record *rec, const struct medium *m)
{
	const bool from_file = m->time_from != MEDIA_TIME_NONE;
	sqlite3_stmt *s = takeout_sql(&t->db, SQL_SIDECAR_GET);
	struct meta meta = { .partner = (m->flags & SIDECAR_PARTNER) != 0 };
	bool dated;

	takeout_bind(s, 1, m->sidecar);
	if (m->sidecar < 0 || !takeout_row(&t->db, s)) {
		record_set_text(rec, "filename", m->name);
		set_time(rec, from_file, m->taken);
		meta.time_from = m->time_from;
		meta_set(rec, NULL, &meta);
		return;
	}
	set_filename(rec, m, *takeout_text(s, 1) != '\0'
		? takeout_text(s, 1)
		: m->name);
	dated = sqlite3_column_type(s, 3) != SQLITE_NULL;
	set_time(rec, dated || from_file,
	    dated ? sqlite3_column_int64(s, 3) : m->taken);
	sqlite3_reset(s);
	if (!dated)
		meta.time_from = m->time_from;
	s = takeout_sql(&t->db, SQL_SIDECAR_JSON);
	takeout_bind(s, 1, m->sidecar);
	if (takeout_row(&t->db, s))
		meta_set(rec, takeout_text(s, 0), &meta);
	sqlite3_reset(s);
}

/* One record of M, in the album TITLE or, NULL, in none. */
static void
emit_record(struct takeout *t, const struct medium *m, const char *title)
{
	const char *mime = kind_of(NULL, 0, m->name);
	struct record rec;

	record_init(&rec);
	record_new(&rec, m->item);
	record_set_text(&rec, "source", "takeout");
	lister_album(&rec, NULL, title);
	if (mime != NULL)
		record_set_text(&rec, "mimeType", mime);
	record_set_text(&rec, "original", "yes");
	record_set_int(&rec, "size", m->size);
	set_places(t, &rec, m);
	set_facts(t, &rec, m);
	lister_emit(t->l, &rec);
	t->balance.records++;
	record_release(&rec);
}

static void
bind_albums(sqlite3_stmt *s, const struct medium *m)
{
	takeout_bind_text(s, 1, m->item);
	if (*m->url != '\0')
		takeout_bind_text(s, 2, m->url);
}

/* The titles of M's albums, each ended by a NUL, in B; only the chosen ones
 * where --album chooses. */
static void
read_albums(struct takeout *t, const struct medium *m, struct buf *b)
{
	sqlite3_stmt *s = takeout_sql(&t->db, SQL_ALBUMS);
	const char *title;

	bind_albums(s, m);
	while (takeout_row(&t->db, s)) {
		title = takeout_text(s, 0);
		if (t->l->opt->albums == 0 || takeout_album_is_chosen(t, title))
			buf_add(b, title, strlen(title) + 1);
	}
}

/* Writes the records of M, the first place of its item, one an album. */
static void
emit_item(struct takeout *t, const struct medium *m, const struct buf *titles)
{
	const char *title = titles->len > 0 ? titles->data : NULL;

	t->balance.listed++;
	if (m->sidecar < 0)
		t->balance.lone++;
	do {
		emit_record(t, m, title);
		if (title != NULL)
			title += strlen(title) + 1;
	} while (title != NULL && title < titles->data + titles->len &&
	    !lister_full(t->l));
}

/* Counts M for --albums. */
static void
tally(struct takeout *t, const struct medium *m, const struct buf *titles)
{
	const char *title;
	sqlite3_stmt *s;

	for (title = titles->data; titles->len > 0 &&
	     title < titles->data + titles->len; title += strlen(title) + 1) {
		s = takeout_sql(&t->db, SQL_TALLY);
		takeout_bind_text(s, 1, title);
		takeout_bind_text(s, 2, m->item);
		takeout_run(&t->db, s);
	}
	t->balance.listed++;
}

/* Whether M is the first place of its item. */
static bool
is_first(struct takeout *t, const struct medium *m)
{
	sqlite3_stmt *s = takeout_sql(&t->db, SQL_FIRST);

	takeout_bind_text(s, 1, m->item);
	return takeout_number(&t->db, s, -1) == m->id;
}

/* Its id would change once the sidecar comes. */
static void
leave_waiting(struct takeout *t)
{
	t->balance.left[LEFT_WAITS]++;
	t->l->found++;
	t->l->left++;
}

static void
emit_medium(struct takeout *t, const struct medium *m)
{
	const struct options *opt = t->l->opt;
	struct buf titles;

	buf_init(&titles, TEXT_MAX);
	if (*m->item == '\0') {
		t->balance.left[LEFT_TRASH]++;
	} else {
		read_albums(t, m, &titles);
		if (opt->albums > 0 && titles.len == 0 && !m->trashed)
			t->balance.left[LEFT_OTHER_ALBUM]++;
		else if (t->waits && m->sidecar < 0)
			leave_waiting(t);
		else if (!is_first(t, m))
			t->balance.repeats++;
		else if (lister_full(t->l))
			t->balance.left[LEFT_LIMIT]++;
		else if (opt->list_albums)
			tally(t, m, &titles);
		else
			emit_item(t, m, &titles);
	}
	buf_release(&titles);
}

void
takeout_emit_failed(struct takeout *t, const char *what, const char *code,
    const char *fmt, ...)
{
	struct record rec;
	char *id, text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	id = mem_printf("takeout:%s/%s", t->export->name, what);
	record_init(&rec);
	record_new(&rec, id);
	record_set_text(&rec, "source", "takeout");
	record_fail(&rec, code, "%s", text);
	lister_emit(t->l, &rec);
	record_release(&rec);
	free(id);
}

void
takeout_emit(struct takeout *t)
{
	struct medium m = { .id = 0 };

	name_items(t);
	while (medium_next(t, &m))
		emit_medium(t, &m);
	medium_release(&m);
}

void
takeout_emit_albums(struct takeout *t)
{
	sqlite3_stmt *s = takeout_sql(&t->db, SQL_TALLIES);
	const struct meta meta = { .partner = false };
	struct record rec;
	const char *title;
	char *id;

	while (takeout_row(&t->db, s) && !lister_full(t->l)) {
		title = takeout_text(s, 0);
		id = name_nfc(title);
		record_init(&rec);
		record_new(&rec, id);
		record_set_text(&rec, "source", "takeout");
		lister_album(&rec, id, title);
		record_set_text(&rec, "title", title);
		record_set_int(&rec, "items", sqlite3_column_int64(s, 1));
		meta_set(&rec, (const char *)sqlite3_column_text(s, 2), &meta);
		lister_emit(t->l, &rec);
		record_release(&rec);
		free(id);
	}
}
