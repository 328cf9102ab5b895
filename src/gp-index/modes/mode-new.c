/*
 * --new: drops what is stored, before a byte is fetched, but not without
 * noting its album, its session and its newer metadata, and that the part of an
 * export came that it is in; passes on the rest.
 *
 * A batch is what the reader holds already: it is looked up in one read
 * transaction, what must be kept is written in another, and only then does
 * anything leave. What is kept of records that go no further is in no other
 * list of the run: it goes there too, so that --rebuild finds it.
 */
#include <string.h>
#include <unistd.h>

#include "gp-index/db/index.h"
#include "gp-index/items/item.h"
#include "gp-index/items/keyset.h"
#include "gp-index/items/part-failures.h"
#include "gp-index/modes/drain.h"
#include "gp-index/modes/modes.h"
#include "gp-index/modes/replay.h"
#include "gp-index/open/open.h"
#include "lib/archive/index-fault.h"
#include "lib/archive/run-folder.h"
#include "lib/mem.h"
#include "lib/program/msg.h"
#include "lib/program/out.h"
#include "lib/record/record-drain.h"
#include "lib/record/record-reader.h"
#include "lib/record/record.h"

#define STAGE_NEW "gp-index --new"
#define PASS_BYTES ((size_t)512 * 1024)

struct sieve {
	const struct index_options *opt;
	bool ready; /* the index is open, and all that follows is set up */
	struct index ix;
	struct item_statements st;
	struct keyset met;
	struct part_failures parts;
	struct digest *digest;
	struct record_reader in;
	struct record rec;
	bool in_hand; /* rec came, and has not been dealt with */
	struct buf pass; /* lines that go on */
	struct buf notes; /* lines to be kept in the index */
	struct buf known; /* the same for the run's records */
	struct counts counts;
	bool stopped; /* the index failed: all else is marked and passed */
	enum status status;
};

static void
add_line(struct buf *b, const struct record *rec)
{
	if (buf_add(b, rec->line.data, rec->line.len) < 0 ||
	    buf_addc(b, '\n') < 0)
		msg_die("a batch of records beyond its bound");
}

static void
stop(struct sieve *s)
{
	s->stopped = true;
	status_raise(&s->status, STATUS_STOPPED);
}

static void
pass_failed(struct sieve *s)
{
	counts_add(&s->counts, "failed", 1);
	status_raise(&s->status, STATUS_SOME);
	add_line(&s->pass, &s->rec);
}

static void
pass_new(struct sieve *s, const struct item *item)
{
	char hex[DIGEST_HEX];

	digest_hex(item->key, hex);
	record_set_text(&s->rec, "key", hex);
	if (record_failed(&s->rec)) {
		pass_failed(s);
		return;
	}
	counts_add(&s->counts, "new", 1);
	add_line(&s->pass, &s->rec);
}

static void
sift_item(struct sieve *s, const struct item *item)
{
	bool same;
	int known;

	known = item_known(&s->st, item, &s->rec, &same);
	if (known < 0) {
		stop(s);
		record_mark(&s->rec, "index", INDEX_UNREADABLE);
		pass_failed(s);
	} else if (known > 0) {
		counts_add(&s->counts, "known", 1);
		part_failures_note_stored(&s->parts, &s->rec);
		if (!same)
			add_line(&s->notes, &s->rec);
	} else if (!keyset_add(&s->met, item)) {
		counts_add(&s->counts, "repeated", 1);
		add_line(&s->notes, &s->rec);
	} else {
		/* by what lies in the index --record tells newer from older */
		if (!same)
			add_line(&s->notes, &s->rec);
		pass_new(s, item);
	}
}

static void
sift(struct sieve *s)
{
	struct item item;

	if (record_failed(&s->rec)) {
		part_failures_note_failed(&s->parts, &s->rec);
		pass_failed(s);
		return;
	}
	if (s->stopped) {
		record_mark(&s->rec, "index", INDEX_UNREADABLE);
		pass_failed(s);
		return;
	}
	if (item_read(&item, &s->rec, s->digest) < 0) {
		record_fail(&s->rec, "missing-field", "no usable id");
		pass_failed(s);
		return;
	}
	sift_item(s, &item);
}

/* Keeps album, metadata and session of REC in the index, and REC for the run's
 * records. One that can't take the word is too long for them. */
static int
note(struct sieve *s, const struct item *item, struct record *rec)
{
	if (item_note(&s->st, item, rec, NULL) < 0)
		return -1;
	record_set_text(rec, "status", "known");
	if (!record_failed(rec))
		add_line(&s->known, rec);
	return 0;
}

/* Notes each line of S->notes; settles what is due. */
static int
write_notes(struct sieve *s)
{
	struct record rec;
	struct item item;
	const char *line = s->notes.data, *end;
	int result = 0;

	record_init(&rec);
	while (result == 0 && *line != '\0') {
		end = strchr(line, '\n');
		if (record_parse(&rec, line, (size_t)(end - line), NULL) == 0 &&
		    item_read(&item, &rec, s->digest) == 0)
			result = note(s, &item, &rec);
		line = end + 1;
	}
	record_release(&rec);
	return result == 0 ? part_failures_end(&s->parts, &s->ix) : result;
}

static void
keep_notes(struct sieve *s)
{
	if ((s->notes.len == 0 && !s->parts.any_due) || s->opt->dry ||
	    s->stopped)
		return;
	if (index_begin_write(&s->ix) < 0) {
		stop(s);
		return;
	}
	if (write_notes(s) < 0 ||
	    run_keep(&s->ix.archive, KNOWN_LIST, &s->known) < 0) {
		index_rollback(&s->ix);
		stop(s);
		return;
	}
	if (index_commit(&s->ix) < 0)
		stop(s);
}

static bool
take(struct sieve *s)
{
	s->in_hand = record_read(&s->in, &s->rec);
	if (s->in_hand)
		counts_add(&s->counts, "listed", 1);
	return s->in_hand;
}

/* The record in hand and all that follow without waiting for input. */
static void
sift_batch(struct sieve *s)
{
	if (!s->stopped && index_begin_read(&s->ix) < 0)
		stop(s);
	while (s->in_hand) {
		sift(s);
		s->in_hand = s->pass.len + s->notes.len < PASS_BYTES &&
		    record_ready(&s->in) && take(s);
	}
	if (!s->stopped && index_commit(&s->ix) < 0)
		stop(s);
	keep_notes(s);
	out_write(s->pass.data, s->pass.len);
	buf_clear(&s->pass);
	buf_clear(&s->notes);
	buf_clear(&s->known);
}

/* Goes on with what is in hand, if anything is. */
static void
sift_all(struct sieve *s)
{
	do
		sift_batch(s);
	while (take(s));
}

static void
sieve_release(struct sieve *s)
{
	record_reader_release(&s->in);
	buf_release(&s->pass);
	buf_release(&s->notes);
	buf_release(&s->known);
	record_release(&s->rec);
	digest_free(s->digest);
	keyset_release(&s->met);
	part_failures_release(&s->parts);
	item_statements_release(&s->st);
	index_close(&s->ix);
}

/* 0; -1 with the reason said, and S stopped where the index is at fault. */
static int
sieve_init(struct sieve *s)
{
	if (index_open(&s->ix, s->opt->cli.archive,
		s->opt->dry ? INDEX_READ : INDEX_WRITE) < 0) {
		s->stopped = s->ix.failed;
		return -1;
	}
	item_statements_init(&s->st, &s->ix);
	keyset_init(&s->met);
	s->digest = digest_new();
	record_reader_init(&s->in, STDIN_FILENO);
	record_init(&s->rec);
	buf_init(&s->pass, 4 * RECORD_MAX);
	buf_init(&s->notes, 4 * RECORD_MAX);
	buf_init(&s->known, 8 * RECORD_MAX); /* each is longer by a word */
	if (part_failures_load(&s->parts, &s->ix) < 0) {
		s->stopped = true;
		sieve_release(s);
		return -1;
	}
	s->ready = true;
	if (!s->opt->dry)
		run_count_watch(&s->ix.archive, STAGE_NEW, &s->counts);
	return 0;
}

static void
run_whole(void *arg)
{
	struct sieve *s = arg;

	if (sieve_init(s) == 0)
		sift_all(s);
	out_flush();
}

/* The index can't be used any more, nor let go of: what comes is marked. */
_Noreturn static void
drain_faulted(struct sieve *s)
{
	s->stopped = true;
	if (!s->ready)
		record_drain(&s->counts, "listed", "index", INDEX_UNREADABLE);
	else
		sift_all(s);
	drain_exit(s->opt, STAGE_NEW, &s->counts);
}

enum status
mode_new(const struct index_options *opt)
{
	struct sieve s = { .opt = opt };

	if (!index_fault_guard(run_whole, &s))
		drain_faulted(&s);
	if (!s.ready)
		return s.stopped ? drain_input(opt, STAGE_NEW, "listed",
				       "index", INDEX_UNREADABLE)
				 : STATUS_STOPPED;
	if (s.in.failed)
		status_raise(&s.status, STATUS_STOPPED);
	if (!opt->dry && run_count(&s.ix.archive, STAGE_NEW, &s.counts) < 0)
		status_raise(&s.status, STATUS_STOPPED);
	sieve_release(&s);
	return s.status;
}
