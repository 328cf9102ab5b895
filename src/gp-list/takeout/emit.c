#include "gp-list/takeout/emit.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "gp-list/file-url.h"
#include "gp-list/media/mime.h"
#include "gp-list/takeout/elsewhere.h"
#include "gp-list/takeout/folder.h"
#include "gp-list/takeout/known.h"
#include "gp-list/takeout/meta.h"
#include "gp-list/takeout/names/takeout-name.h"
#include "lib/files/path.h"
#include "lib/mem.h"
#include "lib/name.h"
#include "lib/num.h"
#include "lib/program/msg.h"
#include "lib/record/json-member.h"

#define EMIT_TEXT_MAX ((size_t)512 * 1024)

/* A media file, and the row of SQL_MEMBERS that it is from. */
struct emitted_media {
	int64_t id;
	sqlite3_stmt *row;
	const char *path, *name; /* NAME is in PATH */
	const char *item; /* "" of what is in the trash */
	bool lone; /* without a sidecar */
	bool trashed;
	const char *url, *title; /* of the sidecar, or "" */
	int flags;
};

enum {
	PATH = 1,
	BASE,
	SIZE,
	TAKEN,
	TIME_FROM,
	TIE,
	ITEM,
	FLAGS,
	URL,
	TITLE,
	SIDECAR_TAKEN,
	SIDECAR_JSON,
	FOLDER_KIND,
	PART,
	CRC,
	SIDECAR_UNPROVED
};

/* The next media file after M, in the order of the parts. Its texts live until
 * the next call. */
static bool
medium_next(struct takeout *t, struct emitted_media *m)
{
	sqlite3_stmt *s = takeout_sql(&t->db, SQL_MEMBERS);

	takeout_bind(s, 1, m->id);
	if (!takeout_row(&t->db, s))
		return false;
	m->row = s;
	m->id = sqlite3_column_int64(s, 0);
	m->path = takeout_text(s, PATH);
	m->name = m->path + sqlite3_column_int64(s, BASE);
	m->item = takeout_text(s, ITEM);
	m->lone = sqlite3_column_type(s, SIDECAR_JSON) == SQLITE_NULL;
	m->url = takeout_text(s, URL);
	m->title = takeout_text(s, TITLE);
	m->flags = sqlite3_column_int(s, FLAGS);
	m->trashed = sqlite3_column_int(s, FOLDER_KIND) == FOLDER_TRASH ||
	    (m->flags & FLAG_TRASHED) != 0;
	return true;
}

/* Appends the address of PATH in part PART of X. */
static void
add_url(struct buf *text, const struct takeout_export *x, int64_t part,
    const char *path)
{
	buf_adds(text, "file://");
	file_url_add(text, x->part[part].path);
	if (x->tree) {
		buf_addc(text, '/');
		file_url_add(text, path);
	}
}

/* One more {"url":...,"member":...} of ARG, a buffer. */
static void
add_place(void *arg, const struct takeout_export *x, int64_t part,
    const char *path)
{
	struct buf *alt = arg, url;

	buf_init(&url, EMIT_TEXT_MAX);
	add_url(&url, x, part, path);
	if (alt->len == 0)
		buf_addc(alt, '[');
	json_add_name(alt, NULL);
	buf_addc(alt, '{');
	json_add_text(alt, "url", url.data);
	if (!x->tree)
		json_add_text(alt, "member", path);
	buf_addc(alt, '}');
	buf_release(&url);
}

/* M, to be looked for in other exports; false where it has no sum. */
static bool
for_elsewhere(struct elsewhere_photo *p, const struct emitted_media *m)
{
	p->size = sqlite3_column_int64(m->row, SIZE);
	p->crc = sqlite3_column_int64(m->row, CRC);
	p->name = m->name;
	return sqlite3_column_type(m->row, CRC) != SQLITE_NULL;
}

/* Sets alt: the places that S has left, and behind them those in other exports,
 * for --new drops the record that these have of it. */
static void
set_alt(struct takeout *t, struct record *rec, sqlite3_stmt *s,
    const struct emitted_media *m)
{
	struct elsewhere_photo p;
	struct buf alt;

	buf_init(&alt, EMIT_TEXT_MAX);
	while (takeout_row(&t->db, s) && !alt.overflowed)
		add_place(&alt, t->export, sqlite3_column_int64(s, 1),
		    takeout_text(s, 2));
	if (for_elsewhere(&p, m))
		elsewhere_each(t, &p, add_place, &alt);
	if (alt.len > 0 && buf_addc(&alt, ']') == 0)
		record_set_raw(rec, "alt", alt.data, alt.len);
	buf_release(&alt);
}

/* Sets url and member, and in alt the places behind the first. False, and REC
 * is as it was, where M is not the first place of its item. */
static bool
set_places(struct takeout *t, struct record *rec, const struct emitted_media *m)
{
	sqlite3_stmt *s = takeout_sql(&t->db, SQL_PLACES);
	struct buf text;

	takeout_bind_text(s, 1, m->item);
	if (!takeout_row(&t->db, s) || sqlite3_column_int64(s, 0) != m->id)
		return false;
	buf_init(&text, EMIT_TEXT_MAX);
	add_url(&text, t->export, sqlite3_column_int64(s, 1), m->path);
	record_set_text(rec, "url", text.data);
	if (!t->export->tree)
		record_set_text(rec, "member", m->path);
	buf_release(&text);
	set_alt(t, rec, s, m);
	return true;
}

/* The sidecar's title is the name that the photo came with, before Takeout cut
 * it; but that of another file where the sidecar is only shared. */
static void
set_filename(struct record *rec, const struct emitted_media *m)
{
	const char *ours = strrchr(m->name, '.');
	const char *theirs = strrchr(m->title, '.');

	if (sqlite3_column_int(m->row, TIE) != TAKEOUT_NAME_OWN ||
	    ours == NULL || theirs == NULL || strcasecmp(ours, theirs) != 0 ||
	    strpbrk(m->title, "/\\") != NULL)
		record_set_text(rec, "filename", m->name);
	else
		record_set_text(rec, "filename", m->title);
}

/* creationTime and metadata, from the sidecar where there is one. */
static void
set_media(struct record *rec, const struct emitted_media *m)
{
	struct meta meta = {
		.partner = (m->flags & FLAG_PARTNER) != 0,
		.unproved = sqlite3_column_int(m->row, SIDECAR_UNPROVED) != 0,
	};
	char text[NUM_TIME_SIZE];
	int from = SIDECAR_TAKEN;
	const int noted = sqlite3_column_int(m->row, TIME_FROM);

	if (sqlite3_column_type(m->row, from) == SQLITE_NULL) {
		from = TAKEN;
		if (sqlite3_column_type(m->row, from) != SQLITE_NULL) {
			meta.zone_assumed = noted >= TAKEOUT_ZONE_ASSUMED;
			meta.time_from = (enum media_time)(
			    noted % TAKEOUT_ZONE_ASSUMED);
		}
	}
	if (sqlite3_column_type(m->row, from) != SQLITE_NULL &&
	    num_format_time(text, sqlite3_column_int64(m->row, from)) == 0)
		record_set_text(rec, "creationTime", text);
	meta_set(rec, (const char *)sqlite3_column_text(m->row, SIDECAR_JSON),
	    &meta);
}

/* When the export was made: of two that differ, the later one is right. */
static void
set_time(struct takeout *t, struct record *rec)
{
	char text[] = "YYYY-MM-DDThh:mm:ssZ";
	const char *from = t->export->order;
	int64_t seconds;
	size_t i;

	for (i = 0; text[i] != '\0' && *from != '\0'; i++) {
		if (strchr("-:", text[i]) == NULL)
			text[i] = *from++;
	}
	if (text[i] == '\0' && num_parse_time(text, &seconds, NULL) == 0)
		record_set_text(rec, "urlTime", text);
}

/* yes where some part that is whole, of any export, has these bytes. A gzip's
 * sum is that of all its bytes: where it fails, any photo may be the one that
 * is wrong. */
static const char *
tell_original(struct takeout *t, const struct emitted_media *m)
{
	sqlite3_stmt *s = takeout_sql(&t->db, SQL_PROVED);
	struct elsewhere_photo p;

	takeout_bind_text(s, 1, m->item);
	if (takeout_number(&t->db, s, 0) > 0 ||
	    (for_elsewhere(&p, m) && elsewhere_is_whole(t, &p)))
		return "yes";
	return "unknown";
}

/* Makes the record of M, but for its album. False where M is not the first
 * place of its item. */
static bool
make_record(struct takeout *t, struct record *rec,
    const struct emitted_media *m)
{
	const char *mime = mime_of(NULL, 0, m->name);

	record_new(rec, m->item);
	record_set_text(rec, "source", "takeout");
	if (!set_places(t, rec, m))
		return false;
	set_time(t, rec);
	set_filename(rec, m);
	if (mime != NULL)
		record_set_text(rec, "mimeType", mime);
	record_set_text(rec, "original", tell_original(t, m));
	record_set_int(rec, "size", sqlite3_column_int64(m->row, SIZE));
	set_media(rec, m);
	return true;
}

/* Whether TITLE is among those in B, each ended by a NUL. */
static bool
has_title(const struct buf *b, const char *title)
{
	size_t at;

	for (at = 0; at < b->len; at += strlen(b->data + at) + 1) {
		if (strcmp(b->data + at, title) == 0)
			return true;
	}
	return false;
}

/* Adds TITLE, ended by a NUL, to those in B, unless it is there or --album
 * chooses others. */
static void
add_title(struct takeout *t, struct buf *b, const char *title)
{
	if (!has_title(b, title) &&
	    (t->l->opt->albums == 0 || takeout_mark_album(t, title)))
		buf_add(b, title, strlen(title) + 1);
}

/* The titles of the albums that earlier exports had M in, in B. */
static void
read_earlier_albums(struct takeout *t, const struct emitted_media *m,
    struct buf *b)
{
	sqlite3_stmt *s = takeout_sql(&t->db, SQL_BELONGS);

	takeout_bind_text(s, 1, m->url);
	takeout_bind_text(s, 2, t->export->order);
	takeout_bind_text(s, 3, m->title);
	while (takeout_row(&t->db, s))
		add_title(t, b, takeout_text(s, 0));
}

/* The titles of M's albums, each ended by a NUL, in B; only the chosen ones
 * where --album chooses. */
static void
read_albums(struct takeout *t, const struct emitted_media *m, struct buf *b)
{
	sqlite3_stmt *s = takeout_sql(&t->db, SQL_ALBUMS);
	bool has_own = false;
	const char *title;

	takeout_bind_text(s, 1, m->item);
	if (*m->url != '\0')
		takeout_bind_text(s, 2, m->url);
	while (takeout_row(&t->db, s)) {
		has_own = true;
		title = takeout_text(s, 0);
		takeout_known_note_photo(t, m->url, m->title, title);
		add_title(t, b, title);
	}
	if (!has_own && t->has_earlier)
		read_earlier_albums(t, m, b);
}

/* Counts M for --albums. */
static void
tally(struct takeout *t, const struct emitted_media *m, const char *title)
{
	sqlite3_stmt *s = takeout_sql(&t->db, SQL_TALLY);

	takeout_bind_text(s, 1, title);
	takeout_bind_text(s, 2, m->item);
	takeout_run(&t->db, s);
}

/* Writes REC once for each of the albums in TITLES, or once without. */
static void
emit_item(struct takeout *t, const struct emitted_media *m, struct record *rec,
    const struct buf *titles)
{
	const char *title = titles->len > 0 ? titles->data : NULL;

	t->balance.listed++;
	t->balance.lone += m->lone;
	do {
		lister_set_album(rec, NULL, title);
		if (!t->l->opt->list_albums) {
			lister_emit(t->l, rec);
			t->balance.records++;
		} else if (title != NULL) {
			tally(t, m, title);
		}
		if (title != NULL)
			title += strlen(title) + 1;
	} while (title != NULL && title < titles->data + titles->len &&
	    !lister_full(t->l));
}

/* Whether M is a photo or video, by its name or its sidecar. */
static bool
is_photo(const struct emitted_media *m)
{
	return !m->lone || mime_is_media(mime_of(NULL, 0, m->name));
}

/* M has no byte. Each place of a photo is said: that its bytes are missing is
 * no repeat. */
static void
leave_empty(struct takeout *t, const struct emitted_media *m)
{
	const int64_t part = sqlite3_column_int64(m->row, PART);
	const char *name = path_base(t->export->part[part].path);
	char *what = mem_printf("%s/%s", name, m->path);

	t->balance.left[LEFT_EMPTY]++;
	if (!is_photo(m))
		msg(t->export->name, "%s is empty (0 bytes), and left out",
		    m->path);
	else
		takeout_emit_failed(t, what, "bad-content",
		    "%s is empty (0 bytes) in %s: export it again", m->path,
		    name);
	free(what);
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
emit_medium(struct takeout *t, const struct emitted_media *m)
{
	struct record rec;
	struct buf titles;

	record_init(&rec);
	buf_init(&titles, EMIT_TEXT_MAX);
	if (*m->item != '\0')
		read_albums(t, m, &titles);
	if (*m->item == '\0')
		t->balance.left[LEFT_TRASH]++;
	else if (t->l->opt->albums > 0 && titles.len == 0 && !m->trashed)
		t->balance.left[LEFT_OTHER_ALBUM]++;
	else if (sqlite3_column_int64(m->row, SIZE) == 0 && !lister_full(t->l))
		leave_empty(t, m);
	else if (t->waits && m->lone)
		leave_waiting(t);
	else if (!make_record(t, &rec, m))
		t->balance.repeats++;
	else if (lister_full(t->l))
		t->balance.left[LEFT_LIMIT]++;
	else
		emit_item(t, m, &rec, &titles);
	buf_release(&titles);
	record_release(&rec);
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
	struct emitted_media m = { .id = 0 };

	while (medium_next(t, &m))
		emit_medium(t, &m);
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
		lister_set_album(&rec, id, title);
		record_set_text(&rec, "title", title);
		record_set_int(&rec, "items", sqlite3_column_int64(s, 1));
		meta_set(&rec, (const char *)sqlite3_column_text(s, 2), &meta);
		lister_emit(t->l, &rec);
		record_release(&rec);
		free(id);
	}
}
