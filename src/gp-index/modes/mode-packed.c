/*
 * --packed: what gp-pack put on discs, record by record. A file is on one disc
 * at most that did not fail, and a label names one disc for ever. A batch is
 * what the reader holds already; no transaction is open while records are read
 * or written. The same records once more change nothing, so that an
 * interrupted run is simply run again.
 */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gp-index/db/index.h"
#include "gp-index/modes/batch.h"
#include "gp-index/modes/drain.h"
#include "gp-index/modes/modes.h"
#include "gp-index/open/open.h"
#include "lib/archive/index-fault.h"
#include "lib/archive/run-folder.h"
#include "lib/files/file.h"
#include "lib/program/msg.h"
#include "lib/program/out.h"
#include "lib/record/record-drain.h"
#include "lib/record/record-reader.h"

#define STAGE_PACKED "gp-index --packed"

struct packed {
	const struct index_options *opt;
	bool ready; /* the index is open, and all that follows is set up */
	struct index ix;
	struct record_reader in;
	struct record *batch;
	size_t read; /* of the batch in hand */
	sqlite3_stmt *file, *disc, *add_disc, *set_image, *add_file;
	struct counts counts;
	bool stopped; /* the index failed: all else is marked and passed */
	enum status status;
};

/* What a record says of its disc. */
struct disc_file {
	const char *disc, *path;
	uint8_t sha256[DIGEST_SIZE], image[DIGEST_SIZE];
	bool has_image;
};

/* What the index knows of that file and disc. */
enum packed_row {
	KNOWN_FAILED = -1, /* the index could not be read */
	KNOWN_REFUSED, /* the record has its error */
	KNOWN_THERE, /* it is on that disc already */
	KNOWN_NOT_YET
};

/* Whether REC is on no disc yet: there was no room, or too little for one. */
static bool
waits(const struct record *rec)
{
	size_t n;

	return record_get(rec, "disc", &n) == NULL &&
	    record_get(rec, "discPath", &n) == NULL;
}

/* 0, or -1: REC has its error. */
static int
read_image(struct record *rec, struct disc_file *file)
{
	const char *image = record_text(rec, "imageSha256");

	file->has_image = image != NULL;
	if (image == NULL || digest_parse(image, file->image) == 0)
		return 0;
	record_fail(rec, "bad-content", "imageSha256 is no SHA-256");
	return -1;
}

/* 0, or -1: REC has its error. */
static int
read_file(struct record *rec, struct disc_file *file)
{
	const char *checksum = record_text(rec, "sha256");

	file->disc = record_text(rec, "disc");
	file->path = record_text(rec, "discPath");
	if (checksum == NULL || file->disc == NULL || file->path == NULL ||
	    digest_parse(checksum, file->sha256) < 0) {
		record_fail(rec, "missing-field",
		    "no packed record: it needs "
		    "sha256, disc and discPath, as gp-pack writes them");
		return -1;
	}
	if (!file_path_is_safe(file->disc) || *file->disc == '.' ||
	    strchr(file->disc, '/') != NULL || !file_path_is_safe(file->path)) {
		record_fail(rec, "unsafe-path",
		    "%s on disc %s is no place "
		    "for a file",
		    file->path, file->disc);
		return -1;
	}
	return read_image(rec, file);
}

/* What speaks against FILE's row in hand: an error of REC, or its file. */
static enum packed_row
judge_row(sqlite3_stmt *s, struct record *rec, const struct disc_file *file)
{
	const char *other = index_text(s, 1), *path = index_text(s, 2);

	if (other != NULL)
		record_fail(rec, "conflict", "is on disc %s already", other);
	else if (path != NULL && strcmp(path, file->path) != 0)
		record_fail(rec, "conflict", "is on disc %s already, as %s",
		    file->disc, path);
	else if (path != NULL)
		return KNOWN_THERE;
	else if (sqlite3_column_int(s, 0) != 0)
		record_fail(rec, "conflict",
		    "is superseded by its original: "
		    "it goes on no disc");
	else if (sqlite3_column_int(s, 3) != 0)
		record_fail(rec, "conflict", "another file is %s on disc %s",
		    file->path, file->disc);
	else
		return KNOWN_NOT_YET;
	return KNOWN_REFUSED;
}

static enum packed_row
judge_file(struct packed *p, struct record *rec, const struct disc_file *file)
{
	enum packed_row known;
	int step;

	index_bind_digest(p->file, 1, file->sha256);
	index_bind_text(p->file, 2, file->disc);
	index_bind_text(p->file, 3, file->path);
	step = index_step(&p->ix, p->file);
	if (step < 0)
		return KNOWN_FAILED;
	if (step == 0) {
		record_fail(rec, "not-found", "the index has no such file");
		return KNOWN_REFUSED;
	}
	known = judge_row(p->file, rec, file);
	sqlite3_reset(p->file);
	return known;
}

/* The disc's row in hand: may a file be added, or is it there for good? */
static enum packed_row
judge_state(sqlite3_stmt *s, struct record *rec, const struct disc_file *file,
    enum packed_row known)
{
	const char *state = index_text(s, 0);
	uint8_t image[DIGEST_SIZE];

	if (strcmp(state, "failed") == 0)
		record_fail(rec, "conflict",
		    "disc %s failed: its label is "
		    "never used again",
		    file->disc);
	else if (known == KNOWN_NOT_YET && strcmp(state, "built") != 0)
		record_fail(rec, "conflict",
		    "disc %s is %s: nothing is added "
		    "to it any more",
		    file->disc, state);
	else if (file->has_image && index_digest(s, 1, image) &&
	    memcmp(image, file->image, DIGEST_SIZE) != 0)
		record_fail(rec, "conflict",
		    "disc %s has another image: its "
		    "label is never used again",
		    file->disc);
	else
		return known;
	return KNOWN_REFUSED;
}

static int
add_disc(struct packed *p, const struct disc_file *file)
{
	index_bind_text(p->add_disc, 1, file->disc);
	index_bind_int(p->add_disc, 2, time(NULL));
	if (index_run(&p->ix, p->add_disc) < 0)
		return -1;
	return index_event(&p->ix, "disc", NULL, file->disc, "built");
}

/* The disc, made where it is new, with its image's checksum. */
static enum packed_row
judge_disc(struct packed *p, struct record *rec, const struct disc_file *file,
    enum packed_row known)
{
	int step;

	index_bind_text(p->disc, 1, file->disc);
	step = index_step(&p->ix, p->disc);
	if (step < 0 || (step == 0 && add_disc(p, file) < 0))
		return KNOWN_FAILED;
	if (step > 0) {
		known = judge_state(p->disc, rec, file, known);
		sqlite3_reset(p->disc);
	}
	if (known == KNOWN_REFUSED || !file->has_image)
		return known;
	index_bind_text(p->set_image, 1, file->disc);
	index_bind_digest(p->set_image, 2, file->image);
	return index_run(&p->ix, p->set_image) < 0 ? KNOWN_FAILED : known;
}

static int
add_file(struct packed *p, const struct disc_file *file)
{
	index_bind_text(p->add_file, 1, file->disc);
	index_bind_digest(p->add_file, 2, file->sha256);
	index_bind_text(p->add_file, 3, file->path);
	return index_run(&p->ix, p->add_file);
}

/* Keeps what REC tells; 0, or -1 when the index failed. */
static int
note(struct packed *p, struct record *rec)
{
	struct disc_file file;
	enum packed_row known;

	if (record_failed(rec) || waits(rec) || read_file(rec, &file) < 0)
		return 0;
	known = judge_file(p, rec, &file);
	if (known > KNOWN_REFUSED)
		known = judge_disc(p, rec, &file, known);
	if (known == KNOWN_FAILED)
		return -1;
	return known == KNOWN_NOT_YET ? add_file(p, &file) : 0;
}

static int
note_batch(struct packed *p)
{
	size_t i;

	if (index_begin_write(&p->ix) < 0)
		return -1;
	for (i = 0; i < p->read; i++) {
		if (note(p, &p->batch[i]) < 0) {
			index_rollback(&p->ix);
			return -1;
		}
	}
	return index_commit(&p->ix);
}

static void
finish(struct packed *p, struct record *rec)
{
	if (p->stopped)
		record_mark(rec, "index", "the index could not be written");
	if (record_failed(rec)) {
		counts_add(&p->counts, "failed", 1);
		status_raise(&p->status, STATUS_SOME);
	} else {
		counts_add(&p->counts, waits(rec) ? "waiting" : "packed", 1);
	}
	record_write(rec);
}

static void
finish_batch(struct packed *p)
{
	size_t i;

	for (i = 0; i < p->read; i++)
		finish(p, &p->batch[i]);
}

/* Goes on with the batch in hand, if there is one. */
static void
note_all(struct packed *p)
{
	do {
		finish_batch(p);
		p->read = batch_read(&p->in, p->batch);
		if (p->read > 0 && !p->stopped && note_batch(p) < 0)
			p->stopped = true;
	} while (p->read > 0);
}

static int
packed_init(struct packed *p)
{
	if (index_open(&p->ix, p->opt->cli.archive, INDEX_READ) < 0)
		return -1;
	p->file = index_prepare(&p->ix,
	    "SELECT superseded_by IS NOT NULL, "
	    "(SELECT d.disc FROM disc_file d JOIN disc ON label = d.disc "
	    "WHERE d.file = ?1 AND d.disc <> ?2 AND state <> 'failed'), "
	    "(SELECT d.path FROM disc_file d WHERE d.file = ?1 "
	    "AND d.disc = ?2), "
	    "EXISTS (SELECT 1 FROM disc_file d WHERE d.disc = ?2 "
	    "AND d.path = ?3 AND d.file <> ?1) "
	    "FROM file WHERE sha256 = ?1");
	p->disc = index_prepare(&p->ix,
	    "SELECT state, image_sha256 FROM disc WHERE label = ?");
	p->add_disc = index_prepare(&p->ix,
	    "INSERT INTO disc (label, state, changed) VALUES (?, 'built', ?)");
	p->set_image = index_prepare(&p->ix,
	    "UPDATE disc SET image_sha256 = ?2 "
	    "WHERE label = ?1 AND image_sha256 IS NULL");
	p->add_file = index_prepare(&p->ix,
	    "INSERT INTO disc_file (disc, file, path) VALUES (?, ?, ?)");
	p->batch = batch_new();
	record_reader_init(&p->in, STDIN_FILENO);
	p->ready = true;
	run_count_watch(&p->ix.archive, STAGE_PACKED, &p->counts);
	return 0;
}

static void
packed_release(struct packed *p)
{
	record_reader_release(&p->in);
	batch_free(p->batch);
	sqlite3_finalize(p->file);
	sqlite3_finalize(p->disc);
	sqlite3_finalize(p->add_disc);
	sqlite3_finalize(p->set_image);
	sqlite3_finalize(p->add_file);
	index_close(&p->ix);
}

static void
run_whole(void *arg)
{
	struct packed *p = arg;

	if (packed_init(p) == 0)
		note_all(p);
	out_flush();
}

/* The index can't be used any more, nor let go of: what comes is marked. */
_Noreturn static void
drain_faulted(struct packed *p)
{
	p->stopped = true;
	if (p->ready)
		note_all(p);
	else
		record_drain(&p->counts, NULL, "index", INDEX_UNREADABLE);
	drain_exit(p->opt, STAGE_PACKED, &p->counts);
}

enum status
mode_packed(const struct index_options *opt)
{
	struct packed p = { .opt = opt, .status = STATUS_DONE };

	if (!index_fault_guard(run_whole, &p))
		drain_faulted(&p);
	if (!p.ready)
		return p.ix.failed ? drain_input(opt, STAGE_PACKED, NULL,
					 "index", INDEX_UNREADABLE)
				   : STATUS_STOPPED;
	/* of a run that stopped, too */
	if (run_count(&p.ix.archive, STAGE_PACKED, &p.counts) < 0 ||
	    p.stopped || p.in.failed)
		status_raise(&p.status, STATUS_STOPPED);
	packed_release(&p);
	return p.status;
}
