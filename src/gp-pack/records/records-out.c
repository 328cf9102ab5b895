#include "gp-pack/records/records-out.h"

#include "lib/program/out.h"

struct teller {
	struct record_store *s;
	const struct records_range *t;
	struct counts *counts;
	enum status *status;
	sqlite3_stmt *files, *again;
	struct record rec;
};

#define COLUMN_TEXT(row, i) ((const char *)sqlite3_column_text(row, i))

/* Writes the record of N bytes at AT for the file in hand. */
static int
tell_one(struct teller *w, int64_t at, int64_t n)
{
	sqlite3_stmt *row = w->files;
	const char *what = "waiting";

	if (record_store_read(w->s, at, n, &w->rec) < 0)
		return -1;
	if (COLUMN_TEXT(row, 3) != NULL) {
		record_fail(&w->rec, COLUMN_TEXT(row, 3), "%s",
		    COLUMN_TEXT(row, 4));
		what = "failed";
	} else if (w->t->stopped != NULL) {
		record_mark(&w->rec, "stopped", w->t->stopped);
		what = "failed";
	} else if (COLUMN_TEXT(row, 2) != NULL) {
		record_set_text(&w->rec, "disc", w->t->label);
		record_set_text(&w->rec, "discPath", COLUMN_TEXT(row, 2));
		if (w->t->image_sum != NULL)
			record_set_text(&w->rec, "imageSha256",
			    w->t->image_sum);
		what = record_failed(&w->rec) ? "failed" : "packed";
	}
	if (*what == 'f')
		status_raise(w->status, STATUS_SOME);
	counts_add(w->counts, what, 1);
	record_write(&w->rec);
	record_store_set_left(w->s, at);
	return 0;
}

/* The further records of the file in hand. */
static int
tell_again(struct teller *w, int64_t first)
{
	int result;

	sqlite3_bind_int64(w->again, 1, first);
	for (;;) {
		result = record_store_step(w->s, w->again);
		if (result <= 0)
			break;
		result = tell_one(w, sqlite3_column_int64(w->again, 0),
		    sqlite3_column_int64(w->again, 1));
		if (result < 0)
			break;
	}
	sqlite3_reset(w->again);
	return result;
}

static int
tell_all(struct teller *w)
{
	int64_t at;
	int result;

	for (;;) {
		result = record_store_step(w->s, w->files);
		if (result <= 0)
			break;
		at = sqlite3_column_int64(w->files, 0);
		if (tell_one(w, at, sqlite3_column_int64(w->files, 1)) < 0 ||
		    (w->s->repeated > 0 && tell_again(w, at) < 0))
			return -1;
	}
	return result;
}

int
records_write(struct record_store *s, const struct records_range *t,
    struct counts *counts, enum status *status)
{
	struct teller w = { .s = s,
		.t = t,
		.counts = counts,
		.status = status };
	int result;

	record_init(&w.rec);
	w.files = record_store_range(s,
	    "SELECT o.at, o.len, p.path, f.code, f.text FROM ordered o "
	    "LEFT JOIN placed p USING (seq) LEFT JOIN failed f USING (seq) "
	    "WHERE o.seq >= ?1 AND (?2 = 0 OR o.seq < ?2) "
	    "AND (NOT ?3 OR p.path IS NOT NULL) ORDER BY o.seq",
	    t->first, t->end);
	w.again = record_store_prepare(s,
	    "SELECT at, len FROM again WHERE first = ?1");
	sqlite3_bind_int(w.files, 3, t->placed);
	result = tell_all(&w);
	sqlite3_finalize(w.files);
	sqlite3_finalize(w.again);
	record_release(&w.rec);
	out_flush();
	return result;
}

struct rest_out {
	const char *text;
	struct counts *counts;
};

static void
pass_on(void *arg, struct record *rec)
{
	const struct rest_out *r = arg;

	record_mark(rec, "stopped", r->text);
	counts_add(r->counts, "failed", 1);
	record_write(rec);
}

void
records_write_rest(struct record_store *s, const char *text,
    struct counts *counts)
{
	struct rest_out r = { .text = text, .counts = counts };

	record_store_each_rest(s, pass_on, &r);
	out_flush();
}
