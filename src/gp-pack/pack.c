/* Records in, discs planned and built one after the other, records out. */
#include "gp-pack/pack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gp-pack/build.h"
#include "gp-pack/cost.h"
#include "gp-pack/label.h"
#include "gp-pack/plan.h"
#include "gp-pack/records/record-store.h"
#include "gp-pack/records/records-in.h"
#include "gp-pack/records/records-out.h"
#include "gp-pack/resume.h"
#include "lib/archive/repo.h"
#include "lib/archive/run-folder.h"
#include "lib/mem.h"
#include "lib/num.h"
#include "lib/program/msg.h"
#include "lib/record/record-drain.h"

/* What is reckoned is not what is measured: a plan stays a little below. */
#define MARGIN 0.997
#define NOT_BUILT "its disc could not be built"
#define DISC_TRIES 8 /* of building one disc, until it fits and is full */

struct pack {
	const struct pack_options *opt;
	struct repo archive;
	struct record_store records;
	struct counts counts;
	int64_t number; /* of the next disc */
	int64_t base; /* bytes a disc takes before its first file */
	int64_t budget; /* bytes a disc may take, as reckoned */
	struct builder builder;
	enum status status;
};

/* Where the discs go, for openat(2) below the archive. */
static const char *
out_folder(const struct pack *p)
{
	return p->opt->out != NULL ? p->opt->out : REPO_BURN;
}

static int
choose_number(struct pack *p)
{
	int64_t highest = 0;

	if (p->opt->number > 0) {
		p->number = p->opt->number;
		return 0;
	}
	if (label_highest(p->archive.fd, REPO_BURN, p->opt->label, &highest) <
		0 ||
	    label_highest(p->archive.fd, REPO_ARCHIVED, p->opt->label,
		&highest) < 0 ||
	    label_highest(p->archive.fd, out_folder(p), p->opt->label,
		&highest) < 0)
		return -1;
	p->number = highest + 1;
	return 0;
}

/* The label of the next disc. 0, or -1 with the reason said where it names one
 * already. */
static int
take_label(const struct pack *p, char label[static LABEL_SIZE])
{
	const char *const folders[] = { REPO_BURN, REPO_ARCHIVED,
		out_folder(p) };
	size_t i;

	label_format(label, p->opt->label, p->number);
	if (p->number > LABEL_NUMBER_MAX) {
		msg(label, "no label is left: choose another --label");
		return -1;
	}
	for (i = 0; i < COUNT(folders); i++) {
		if (label_used(p->archive.fd, folders[i], label)) {
			msg(label,
			    "the label is used already, in %s; give a "
			    "higher --number",
			    folders[i]);
			return -1;
		}
	}
	return 0;
}

static void
say_disc(const struct pack *p, const char *label, const struct plan_disc *disc,
    int64_t bytes)
{
	char size[32];

	msg(label,
	    "%s%lld files, %s, %.1f %% of the disc with lists and "
	    "parity",
	    p->opt->plan ? "planned: " : "", (long long)disc->files,
	    num_format_size(size, sizeof(size), disc->bytes),
	    100.0 * (double)bytes / (double)p->opt->capacity);
}

/* What waits for the next time, from seq FIRST on. */
static int
say_rest(struct pack *p, int64_t first)
{
	char size[32], until[32];
	int64_t files, bytes;

	if (plan_rest(&p->records, first, &files, &bytes) < 0)
		return -1;
	if (files == 0)
		return 0;
	num_format_size(size, sizeof(size), bytes);
	if (bytes < p->opt->threshold)
		msg(NULL, "%lld files, %s wait; %s until the threshold",
		    (long long)files, size,
		    num_format_size(until, sizeof(until),
			p->opt->threshold - bytes));
	else
		msg(NULL, "%lld files, %s wait until they fill a disc",
		    (long long)files, size);
	return 0;
}

/* Whether DISC is worth its medium. */
static bool
is_due(const struct pack *p, const struct plan_disc *disc)
{
	if (disc->files == 0)
		return false;
	return disc->full || p->opt->flush ||
	    (p->opt->threshold > 0 && disc->bytes >= p->opt->threshold);
}

/* Whether anything is done at all. */
static int
is_enough(struct pack *p, bool *enough)
{
	int64_t files, bytes;

	if (plan_rest(&p->records, 1, &files, &bytes) < 0)
		return -1;
	*enough = p->opt->flush || bytes >= p->opt->threshold;
	return 0;
}

/* Plans the next disc from seq FIRST on. A file that is more than a whole disc,
 * as was measured, is an error and stands in the way of none. */
static int
plan_next(struct pack *p, int64_t first, struct plan_disc *disc)
{
	for (;;) {
		if (plan_one(&p->records, first, p->base, p->budget,
			p->opt->capacity - p->base, disc) < 0)
			return -1;
		if (disc->files > 0 || !disc->full)
			return 0;
		if (plan_fail(&p->records, disc->next, "too-large",
			"larger than a disc with its lists and parity; choose "
			"a larger --capacity") < 0)
			return -1;
	}
}

/* After DISC was measured and BUILT too large or too small: plans as much less
 * or more as that was, and one file at the least. */
static void
correct(struct pack *p, const struct plan_disc *disc, enum built built,
    int64_t measured)
{
	double scale = (double)p->opt->capacity / (double)measured;
	int64_t more = disc->cost + disc->next_cost;

	p->budget = (int64_t)((double)disc->cost * scale * MARGIN);
	if (built == BUILT_TOO_SMALL && p->budget < more)
		p->budget = more;
}

/* Builds DISC, planned again as often as it needs: 1; 0, not due after all, or
 * -1 with the reason said. */
static int
build_disc(struct pack *p, struct plan_disc *disc, const char *label,
    int64_t *measured, char image_sum[static DIGEST_HEX])
{
	enum built built;
	bool shrunk = false;
	int tries;

	for (tries = 0; tries < DISC_TRIES; tries++) {
		/* one more file was too many already: it is full */
		if (shrunk || tries > DISC_TRIES / 2)
			disc->next_cost = p->opt->capacity;
		built = builder_build_disc(&p->builder, disc, label, p->number,
		    measured, image_sum);
		if (built == BUILT_DONE || built == BUILT_FAILED)
			return built == BUILT_DONE ? 1 : -1;
		shrunk = shrunk || built == BUILT_TOO_LARGE;
		if (built != BUILT_AGAIN)
			correct(p, disc, built, *measured);
		if (plan_forget(&p->records, disc) < 0 ||
		    plan_next(p, disc->first, disc) < 0)
			return -1;
		if (!is_due(p, disc))
			return 0;
	}
	msg(label, "its files could not be made to fit the disc");
	return -1;
}

/* One disc from seq *FIRST on: 1, 0 where nothing more is due, -1. */
static int
pack_disc(struct pack *p, int64_t *first)
{
	char label[LABEL_SIZE], image_sum[DIGEST_HEX] = "";
	struct records_range t = { .label = label };
	struct plan_disc disc;
	int64_t measured;
	int result = 1;

	if (plan_next(p, *first, &disc) < 0)
		return -1;
	if (!is_due(p, &disc))
		return plan_forget(&p->records, &disc);
	if (take_label(p, label) < 0)
		return -1;
	if (!p->opt->plan)
		result = build_disc(p, &disc, label, &measured, image_sum);
	if (result == 0)
		return plan_forget(&p->records, &disc);
	if (result < 0)
		return -1;
	say_disc(p, label, &disc, p->opt->plan ? disc.cost : measured);
	t.first = *first;
	t.end = disc.end;
	t.image_sum = *image_sum != '\0' ? image_sum : NULL;
	if (records_write(&p->records, &t, &p->counts, &p->status) < 0)
		return -1;
	p->number++;
	*first = disc.end;
	return 1;
}

/* Bags that an interrupted run left untold. 0, or -1 with the reason said. */
static int
resume(struct pack *p)
{
	char label[LABEL_SIZE], image_sum[DIGEST_HEX];
	struct records_range t = { .first = 1, .label = label, .placed = true };
	int result;

	for (; p->opt->number > 0; p->number++) {
		label_format(label, p->opt->label, p->number);
		if (!builder_has(&p->builder, label))
			return 0;
		result = builder_resume(&p->builder, label, image_sum);
		if (result <= 0)
			return result; /* of others: take_label() refuses it */
		msg(label, "was built by a run that could not tell it");
		t.image_sum = *image_sum != '\0' ? image_sum : NULL;
		if (records_write(&p->records, &t, &p->counts, &p->status) <
			0 ||
		    record_store_exec(&p->records,
			"DELETE FROM ordered WHERE seq IN "
			"(SELECT seq FROM placed); DELETE FROM placed") < 0)
			return -1;
	}
	return 0;
}

/* All discs; *FIRST is then what is on none. 0, or -1. */
static int
pack_discs(struct pack *p, int64_t *first)
{
	bool enough;
	int more;

	if (!p->opt->plan && resume(p) < 0)
		return -1;
	if (is_enough(p, &enough) < 0)
		return -1;
	if (!enough)
		return 0;
	do
		more = pack_disc(p, first);
	while (more > 0);
	return more;
}

static int
pack_all(struct pack *p)
{
	struct records_range rest = { .first = 1 };

	p->base = cost_disc(p->builder.extras.bytes, p->opt->parity);
	p->budget = (int64_t)((double)p->opt->capacity * MARGIN);
	if (pack_discs(p, &rest.first) < 0) {
		rest.stopped = NOT_BUILT;
		(void)records_write(&p->records, &rest, &p->counts, &p->status);
		return -1;
	}
	if (say_rest(p, rest.first) < 0)
		return -1;
	return records_write(&p->records, &rest, &p->counts, &p->status);
}

/* What must be there before the first record is read. */
static int
prepare(struct pack *p)
{
	if (record_store_open(&p->records, &p->archive) < 0 ||
	    choose_number(p) < 0)
		return -1;
	if (p->opt->plan)
		return 0;
	return builder_open(&p->builder, p->opt, &p->archive, &p->records);
}

/* Nothing was read yet, and nothing can be done. */
static enum status
drain_stdin(struct pack *p)
{
	record_drain(&p->counts, NULL, "stopped", NOT_BUILT);
	return STATUS_STOPPED;
}

/* Whatever fails, each record that came leaves once. */
static void
run(struct pack *p)
{
	if (prepare(p) < 0) {
		status_raise(&p->status, drain_stdin(p));
		return;
	}
	if (records_read(&p->records, p->opt, &p->counts, &p->status) < 0 ||
	    record_store_sort(&p->records) < 0 || pack_all(p) < 0) {
		records_write_rest(&p->records, NOT_BUILT, &p->counts);
		status_raise(&p->status, STATUS_STOPPED);
	}
}

enum status
pack_run(const struct pack_options *opt)
{
	struct pack p = { .opt = opt, .builder = { .lock = -1, .out = -1 } };

	counts_add(&p.counts, "packed", 0);
	counts_add(&p.counts, "waiting", 0);
	counts_add(&p.counts, "failed", 0);
	p.records.lines = -1;
	if (repo_open(&p.archive, opt->cli.archive) < 0)
		return drain_stdin(&p);
	if (p.archive.gp < 0) {
		repo_refuse(&p.archive);
		repo_close(&p.archive);
		return drain_stdin(&p);
	}
	run_count_watch(&p.archive, "gp-pack", &p.counts);
	run(&p);
	builder_close(&p.builder);
	record_store_close(&p.records);
	if (run_count(&p.archive, "gp-pack", &p.counts) < 0)
		status_raise(&p.status, STATUS_STOPPED);
	repo_close(&p.archive);
	return p.status;
}
