/*
 * The time that a photo's own header gives, where no sidecar does. A tgz and a
 * tree told it when they were read; a zip is opened here, for those members
 * alone. Last, a date in the file's name.
 */
#include "gp-list/takeout/date.h"

#include <stdlib.h>

#include "gp-list/media/mime.h"
#include "gp-list/media/movie-stream.h"
#include "gp-list/media/name-date.h"
#include "gp-list/media/probe.h"
#include "gp-list/takeout/cache.h"
#include "gp-list/takeout/names/sidecar.h"
#include "lib/mem.h"
#include "lib/package/package.h"
#include "lib/program/msg.h"
#include "lib/record/json-member.h"
#include "lib/record/json.h"

#define TIMES "takeout-times.ndjson"
#define DATE_HEAD ((size_t)1024 * 1024) /* where a photo's EXIF is */

struct dater {
	struct takeout *t;
	struct package *package; /* number `number`, or NULL */
	int64_t number;
	char reason[256]; /* why there is none */
	char head[DATE_HEAD]; /* the first bytes of a member */
	size_t kept; /* of them */
	uint8_t probed[EXIF_HEAD_MAX]; /* for probe_read_head() */
};

/* The media file at hand; texts are owned. */
struct undated {
	int64_t id, part;
	char *path, *item;
	int64_t base;
	struct package_member like; /* its size and CRC-32 */
};

static bool
undated_next(struct takeout *t, struct undated *u)
{
	sqlite3_stmt *s = takeout_sql(&t->db, SQL_UNDATED);

	free(u->path);
	free(u->item);
	u->path = u->item = NULL;
	takeout_bind(s, 1, u->id);
	if (!takeout_row(&t->db, s))
		return false;
	u->id = sqlite3_column_int64(s, 0);
	u->part = sqlite3_column_int64(s, 1);
	u->path = mem_strdup(takeout_text(s, 2));
	u->base = sqlite3_column_int64(s, 3);
	u->item = mem_strdup(takeout_text(s, 4));
	u->like.size = sqlite3_column_int64(s, 5);
	u->like.has_crc = sqlite3_column_type(s, 6) != SQLITE_NULL;
	u->like.crc = (uint32_t)sqlite3_column_int64(s, 6);
	sqlite3_reset(s);
	return true;
}

/* Opens part NUMBER, unless it is open; false where its members can't be found
 * one by one: they told their times before. */
static bool
open_package(struct dater *d, int64_t number)
{
	if (d->number != number) {
		package_close(d->package);
		d->package = package_open(d->t->export->part[number].path,
		    d->reason, sizeof(d->reason));
		d->number = number;
	}
	return d->package != NULL && package_random(d->package) &&
	    !d->t->export->tree;
}

/* Reads the head of member U of the part that is open; 0 or -1. */
static int
read_head(struct dater *d, const struct undated *u)
{
	struct package_member m;
	ssize_t got = 1;

	d->kept = 0;
	if (package_find(d->package, u->path, &u->like, &m) <= 0)
		return -1;
	while (d->kept < DATE_HEAD && got > 0) {
		got = package_read(d->package, d->head + d->kept,
		    DATE_HEAD - d->kept);
		if (got > 0)
			d->kept += (size_t)got;
	}
	return got < 0 ? -1 : 0;
}

/* Reads on behind the head, to the header of a video that has it last. 0 or
 * -1. */
static int
read_movie(struct dater *d, struct media *m)
{
	struct movie_stream movie;
	ssize_t got = d->kept == DATE_HEAD ? 1 : 0;
	bool more;

	movie_stream_begin(&movie);
	more = movie_stream_take(&movie, d->head, d->kept);
	while (more && got > 0) {
		got = package_read(d->package, d->head, DATE_HEAD);
		if (got > 0)
			more = movie_stream_take(&movie, d->head, (size_t)got);
	}
	movie_stream_end(&movie, m);
	return got < 0 ? -1 : 0;
}

/* What the time in the header of U is, noted as takeout-state.h has it; 0:
 * none; -1 where that can't be read. */
static int
look_inside(struct dater *d, const struct undated *u, int64_t *taken)
{
	struct probe probe;

	if (!open_package(d, u->part))
		return d->package != NULL ? 0 : -1;
	if (read_head(d, u) < 0)
		return -1; /* gp-fetch will say so */
	probe_read_head(&probe, d->head, d->kept, u->path + u->base, d->probed);
	if (probe.media.from == MEDIA_TIME_NONE &&
	    read_movie(d, &probe.media) < 0)
		return -1;
	if (probe.media.from == MEDIA_TIME_NONE ||
	    !sidecar_time_is_sane(probe.media.taken))
		return 0;
	*taken = probe.media.taken;
	return (int)probe.media.from +
	    (probe.media.zone_assumed ? TAKEOUT_ZONE_ASSUMED : 0);
}

static void
set_time(struct takeout *t, const char *item, int64_t taken, int from)
{
	sqlite3_stmt *s = takeout_sql(&t->db, SQL_TIME_SET);

	takeout_bind_text(s, 1, item);
	takeout_bind(s, 2, taken);
	takeout_bind(s, 3, from);
	takeout_run(&t->db, s);
}

/* The part can't be opened, which is said once. Its photos may show that what
 * looks like an album is a year folder: they wait for the next run. */
static void
say_unread(struct dater *d)
{
	if (d->reason[0] == '\0')
		return;
	msg(d->t->export->part[d->number].path,
	    "its photos can't be asked when they were taken: %s", d->reason);
	d->reason[0] = '\0';
	status_raise(&d->t->l->status, STATUS_SOME);
	d->t->waits = true;
}

/* The time in the header of U, as look_inside() has it; what was asked once is
 * not asked again. */
static int
ask_header(struct dater *d, const struct undated *u, int64_t *taken)
{
	sqlite3_stmt *s = takeout_sql(&d->t->db, SQL_TIME_GET);
	int from;

	takeout_bind_text(s, 1, u->item);
	if (takeout_row(&d->t->db, s)) {
		*taken = sqlite3_column_int64(s, 0);
		from = sqlite3_column_int(s, 1);
		sqlite3_reset(s);
		return from;
	}
	from = look_inside(d, u, taken);
	if (from >= 0) {
		set_time(d->t, u->item, *taken, from);
		d->t->learned = true;
	} else if (d->package == NULL) {
		say_unread(d);
	}
	return from;
}

/* The time in the name of U, as look_inside() has it. */
static int
ask_name(const struct undated *u, int64_t *taken)
{
	struct media m;

	if (!name_date_read(&m, u->path + u->base) ||
	    !sidecar_time_is_sane(m.taken))
		return 0;
	*taken = m.taken;
	return (int)m.from + (m.zone_assumed ? TAKEOUT_ZONE_ASSUMED : 0);
}

static void
date(struct dater *d, const struct undated *u)
{
	sqlite3_stmt *s;
	int64_t taken = 0;
	int from = d->t->export->tree ? 0 : ask_header(d, u, &taken);

	if (from <= 0)
		from = ask_name(u, &taken);
	if (from <= 0)
		return;
	s = takeout_sql(&d->t->db, SQL_DATE);
	takeout_bind(s, 1, u->id);
	takeout_bind(s, 2, taken);
	takeout_bind(s, 3, from);
	takeout_run(&d->t->db, s);
}

void
takeout_date(struct takeout *t)
{
	struct dater *d;
	struct undated u = { .id = 0 };

	d = mem_alloc(sizeof(*d));
	d->t = t;
	d->number = -1;
	while (undated_next(t, &u)) {
		if (mime_of(NULL, 0, u.path + u.base) != NULL)
			date(d, &u);
	}
	free(u.path);
	free(u.item);
	package_close(d->package);
	free(d);
}

static void
load(struct takeout *t, const void *arg, struct json_object *line)
{
	const char *item = json_text(line, "item");
	int64_t taken, from;

	(void)arg;
	if (item != NULL && json_int(line, "taken", &taken) == 0 &&
	    json_int(line, "from", &from) == 0)
		set_time(t, item, taken, (int)from);
}

static void
save(struct buf *b, const void *arg, sqlite3_stmt *row)
{
	(void)arg;
	buf_addc(b, '{');
	json_add_text(b, "item", takeout_text(row, 0));
	json_add_int(b, "taken", sqlite3_column_int64(row, 1));
	json_add_int(b, "from", sqlite3_column_int(row, 2));
	buf_addc(b, '}');
}

int
takeout_times_load(struct takeout *t)
{
	return cache_load(t, TIMES, load, NULL);
}

int
takeout_times_save(struct takeout *t)
{
	return cache_save(t, TIMES, SQL_TIMES, save, NULL);
}
