#include "gp-fetch/fetch.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gp-fetch/copy.h"
#include "gp-fetch/job-parse.h"
#include "gp-fetch/members/gather.h"
#include "gp-fetch/members/pass.h"
#include "gp-fetch/net/network.h"
#include "gp-fetch/net/renew.h"
#include "gp-fetch/staging.h"
#include "gp-fetch/stored.h"
#include "gp-fetch/workers.h"
#include "lib/archive/repo-index.h"
#include "lib/archive/repo.h"
#include "lib/archive/run-folder.h"
#include "lib/clock.h"
#include "lib/google/api.h"
#include "lib/google/quota.h"
#include "lib/http.h"
#include "lib/mem.h"
#include "lib/program/msg.h"
#include "lib/program/open-files.h"
#include "lib/program/out.h"
#include "lib/program/progress.h"
#include "lib/record/record-drain.h"
#include "lib/record/record-reader.h"

/* Enough to fill a batch of renewals and to look past slow files; bounded, so
 * that memory stays flat however long the list is. */
#define HELD_MAX 256
#define HELD_BYTES_MAX ((size_t)8 * 1024 * 1024)
#define TRIES_MAX 10 /* without a byte gained */
#define SAY_WAIT_MS 10000 /* a wait as long as this is told, but not often */
#define METER_MS 500
/* between two looks at what another run fetches, doubled at first */
#define AWAIT_MS 100
#define AWAIT_DOUBLINGS 4
#define AWAIT_SAY 5

enum stop {
	STOP_NOT,
	STOP_GOOGLE, /* no more of Google's; what runs may end */
	STOP_ALL /* our disk takes no more */
};

struct fetcher {
	const struct fetch_options *opt;
	struct repo archive;
	struct staging staging;
	struct stored stored;
	struct workers workers;
	struct renewals renewals;
	struct gather gather;
	struct record_reader in;
	bool ended; /* the input */
	struct job *spare; /* read into, kept when its record is passed on */
	struct job_list ready, waiting;
	size_t held, held_bytes;
	struct counts counts;
	enum status status;
	enum stop stop;
	const char *stop_code; /* for what is not fetched any more */
	char stop_reason[256];
	int64_t said; /* when a long wait was */
	struct progress meter;
	long long metered;
};

/* Shows what has come since the last time. */
static void
meter(struct fetcher *f, int64_t items)
{
	long long received = atomic_load(&f->workers.received);

	if (f->opt->progress)
		progress_add(&f->meter, items, received - f->metered);
	f->metered = received;
}

/* --- records that leave --------------------------------------------------- */

/* Passes the record on, fetched or not. */
static void
pass_on(struct fetcher *f, struct job *job)
{
	if (record_failed(&job->rec))
		status_raise(&f->status, STATUS_SOME);
	record_write(&job->rec);
	meter(f, 1);
}

/* Counts a job's memory; end() takes it off. */
static void
hold(struct fetcher *f, struct job *job)
{
	job->weight = job->rec.line.cap + job->rec.text.cap;
	f->held++;
	f->held_bytes += job->weight;
}

static void
let_go(struct fetcher *f, const struct job *job)
{
	f->held--;
	f->held_bytes -= job->weight;
}

/* Ends a job whose record is marked or complete. */
static void
end(struct fetcher *f, struct job *job)
{
	counts_add(&f->counts, record_failed(&job->rec) ? "failed" : "fetched",
	    1);
	pass_on(f, job);
	let_go(f, job);
	job_free(job);
}

static void
fail(struct fetcher *f, struct job *job)
{
	record_fail(&job->rec, job->code, "%s", job->reason);
	if (job->outcome == OUTCOME_FAILED)
		staged_drop(&job->staged, &f->staging);
	else
		staged_leave(&job->staged, &f->staging);
	end(f, job);
}

/* Tries the next of its locations, if there is one. */
static bool
try_elsewhere(struct fetcher *f, struct job *job)
{
	char reason[sizeof(job->reason)];
	const char *code = job->code;

	if (job->scheme->remote)
		return false;
	memcpy(reason, job->reason, sizeof(reason));
	staged_drop(&job->staged, &f->staging);
	job->opened = false;
	if (!job_parse_next_location(job)) {
		job->code = code; /* of the last one tried */
		return false;
	}
	msg(record_display_name(&job->rec), "%s; another place has it too",
	    reason);
	job_append(&f->ready, job);
	return true;
}

/* It can't be fetched in this run, which was said once. */
static void
give_up(struct fetcher *f, struct job *job)
{
	record_mark(&job->rec, f->stop_code, f->stop_reason);
	if (f->stop == STOP_ALL) /* the index needs room for what is whole */
		staged_drop(&job->staged, &f->staging);
	else
		staged_leave(&job->staged, &f->staging);
	end(f, job);
}

static void
give_up_list(struct fetcher *f, struct job_list *list)
{
	struct job *job;

	for (job = job_take(list); job != NULL; job = job_take(list))
		give_up(f, job);
}

static void
fetched(struct fetcher *f, struct job *job)
{
	char path[PATH_MAX];
	int n;

	n = snprintf(path, sizeof(path), "%s/%s", f->staging.path,
	    job->staged.name);
	if (n < 0 || n >= (int)sizeof(path)) {
		job->code = "io";
		snprintf(job->reason, sizeof(job->reason),
		    "the archive's path is too long");
		fail(f, job);
		return;
	}
	record_set_text(&job->rec, "file", path);
	record_set_int(&job->rec, "size", job->staged.have);
	msg_at(1, record_display_name(&job->rec), "%s, %lld bytes", job->reason,
	    (long long)job->staged.have);
	end(f, job);
}

/* --- what stops ----------------------------------------------------------- */

/* Our disk is full, or broken: nothing more can be fetched. */
static void
stop_all(struct fetcher *f, const struct job *job)
{
	struct job *rest;

	if (f->stop == STOP_ALL)
		return;
	f->stop = STOP_ALL;
	f->stop_code = job->code;
	snprintf(f->stop_reason, sizeof(f->stop_reason), "%s", job->reason);
	msg(f->staging.path,
	    "%s; what is whole is passed on, the rest is not "
	    "fetched: %s, then run it again",
	    job->reason,
	    strcmp(job->code, "no-space") == 0 ? "make room"
					       : "look after the disk");
	status_raise(&f->status, STATUS_STOPPED);
	workers_abort(&f->workers);
	give_up_list(f, &f->ready);
	give_up_list(f, &f->waiting);
	give_up_list(f, &f->renewals.waiting);
	give_up_list(f, &f->renewals.under_way);
	for (rest = gather_give_back(&f->gather); rest != NULL;
	     rest = gather_give_back(&f->gather)) {
		hold(f, rest);
		give_up(f, rest);
	}
}

/* The day's quota, or the sign-in: a person is needed. */
static void
stop_google(struct fetcher *f, const struct job *job)
{
	char at[64];

	status_raise(&f->status, STATUS_PERSON);
	if (f->stop != STOP_NOT)
		return;
	f->stop = STOP_GOOGLE;
	f->stop_code = job->code;
	snprintf(f->stop_reason, sizeof(f->stop_reason), "%s", job->reason);
	if (job->outcome == OUTCOME_QUOTA) {
		quota_format(at, sizeof(at), quota_next(time(NULL)));
		msg(NULL,
		    "%s; it starts again at midnight Pacific time, here "
		    "%s: run it again after that",
		    job->reason, at);
	} else {
		msg(NULL, "%s", job->reason);
	}
}

/* --- tries ---------------------------------------------------------------- */

static void
say_wait(struct fetcher *f, struct job *job, long ms)
{
	bool loud = ms >= SAY_WAIT_MS && clock_ms() - f->said >= SAY_WAIT_MS;

	if (loud)
		f->said = clock_ms();
	msg_at(loud ? 0 : 1, record_display_name(&job->rec),
	    "%s; waiting %ld.%ld s before try %u", job->reason, ms / 1000,
	    ms % 1000 / 100, job->tries + 1);
}

static void
again(struct fetcher *f, struct job *job)
{
	long ms = 0;

	if (job->gained)
		job->tries = job->renewals = job->refusals = 0;
	/* of a member that many want each pass serves one */
	if (job->member != NULL && job->outcome == OUTCOME_OVER)
		job->tries = 0;
	if (++job->tries >= TRIES_MAX) {
		record_fail(&job->rec, job->code, "%s; gave up after %d tries",
		    job->reason, TRIES_MAX);
		fail(f, job);
		return;
	}
	if (job->outcome == OUTCOME_AGAIN) {
		ms = api_backoff_ms(job->tries, job->wait_ms);
		say_wait(f, job, ms);
	}
	job->due = clock_ms() + ms;
	job_append(&f->waiting, job);
}

/* The record goes on as one whose staged file was taken into the archive. */
static void
pass_stored(struct fetcher *f, struct job *job)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", f->staging.path, job->key);
	record_set_text(&job->rec, "file", path);
	msg_at(1, record_display_name(&job->rec), "another run has stored it");
	staged_drop(&job->staged, &f->staging);
	end(f, job);
}

/* Another run fetches it: looks again soon, for as long as that comes on. */
static void
await(struct fetcher *f, struct job *job)
{
	int64_t there = staged_unfinished_size(&f->staging, job->key);
	unsigned doublings;

	if (there != job->awaited)
		job->waits = 0;
	job->awaited = there;
	doublings = job->waits < AWAIT_DOUBLINGS ? job->waits : AWAIT_DOUBLINGS;
	if (++job->waits == AWAIT_SAY)
		msg_at(1, record_display_name(&job->rec), "%s; waiting for it",
		    job->reason);
	job->due = clock_ms() + (AWAIT_MS << doublings);
	job_append(&f->waiting, job);
}

static void
count_refusal(struct job *job)
{
	if (job->gained)
		job->renewals = job->refusals = 0;
	if (job->outcome == OUTCOME_TOKEN)
		job->refusals++;
	else
		job->renewals++;
}

/* Whether another link or token may help, after what came was refused. */
static bool
may_renew(const struct job *job)
{
	if (job->outcome == OUTCOME_TOKEN)
		return job->picker && job->refusals <= RENEW_TOKEN_MAX;
	return (job->library || job->picker) && job->renewals <= RENEW_MAX;
}

/* Google did not take the link or the token. */
static void
refused(struct fetcher *f, struct job *job)
{
	count_refusal(job);
	if (may_renew(job))
		renew_want(&f->renewals, job);
	else
		fail(f, job);
}

/* A try has ended: what now? */
static void
handle_outcome(struct fetcher *f, struct job *job)
{
	if (job->outcome == OUTCOME_DONE) {
		fetched(f, job);
		return;
	}
	if (job->outcome == OUTCOME_STORED) {
		pass_stored(f, job);
		return;
	}
	if (job->outcome == OUTCOME_FULL)
		stop_all(f, job);
	else if (job->outcome == OUTCOME_QUOTA)
		stop_google(f, job);
	if (job->outcome == OUTCOME_FAILED) {
		if (f->stop == STOP_ALL || !try_elsewhere(f, job))
			fail(f, job);
	} else if (f->stop == STOP_ALL ||
	    (f->stop == STOP_GOOGLE && job->scheme->remote))
		give_up(f, job);
	else if (job->outcome == OUTCOME_BUSY)
		await(f, job);
	else if (job->outcome == OUTCOME_EXPIRED ||
	    job->outcome == OUTCOME_TOKEN)
		refused(f, job);
	else
		again(f, job);
}

static void
take_renewed(void *arg, struct job *job, enum renewed what)
{
	struct fetcher *f = arg;

	if (what == RENEWED_STOP)
		stop_google(f, job);
	if (what == RENEWED_NOT)
		fail(f, job);
	else if (f->stop != STOP_NOT)
		give_up(f, job);
	else
		job_append(&f->ready, job);
}

static void
take_back(struct fetcher *f)
{
	struct job_list list = workers_take(&f->workers);
	struct job *job;

	for (job = job_take(&list); job != NULL; job = job_take(&list)) {
		if (job->worker != NULL && job->spill == NULL) {
			handle_outcome(f, job);
		} else if (gather_back(&f->gather, job)) {
			hold(f, job);
			handle_outcome(f, job);
		}
	}
	renew_take(&f->renewals, take_renewed, f);
}

/* --- jobs that start ------------------------------------------------------ */

/* Moves those whose wait is over. */
static void
wake_waiting(struct fetcher *f)
{
	struct job_list list = f->waiting;
	struct job *job;
	int64_t now;

	if (list.n == 0)
		return;
	memset(&f->waiting, 0, sizeof(f->waiting));
	now = clock_ms();
	for (job = job_take(&list); job != NULL; job = job_take(&list))
		job_append(job->due <= now ? &f->ready : &f->waiting, job);
}

/* Milliseconds until the next wait is over, or -1. */
static int
next_wait(const struct fetcher *f)
{
	const struct job *job;
	int64_t next = -1, ms, now;

	if (f->waiting.n == 0)
		return -1;
	now = clock_ms();
	for (job = f->waiting.first; job != NULL; job = job->next) {
		ms = job->due > now ? job->due - now : 0;
		if (next < 0 || ms < next)
			next = ms;
	}
	return next > INT_MAX ? INT_MAX : (int)next;
}

/* One has an old link; others that wait have too, and Google renews many at
 * once. */
static void
gather_old(struct fetcher *f)
{
	struct job_list list = f->ready;
	struct job *job;

	memset(&f->ready, 0, sizeof(f->ready));
	for (job = job_take(&list); job != NULL; job = job_take(&list)) {
		if (renew_needed(job))
			renew_before_start(&f->renewals, job);
		else
			job_append(&f->ready, job);
	}
}

/* Ends JOB where another run has fetched it, or still does; false where it is
 * left to us. */
static bool
end_if_elsewhere(struct fetcher *f, struct job *job)
{
	if (job->waits == 0)
		return false;
	if (stored_check(&f->stored, &job->rec))
		job_end(job, OUTCOME_STORED, NULL, "another run has stored it");
	else if (job->waits < JOB_WAITS_MAX &&
	    staged_is_busy(&f->staging, job->key))
		job_end(job, OUTCOME_BUSY, "busy",
		    "another run is fetching it");
	else
		return false;
	return true;
}

/* It waits, on disk, for a pass over its part. What an earlier run took out
 * needs none, as long as it is known which size is whole. */
static void
put_by(struct fetcher *f, struct job *job)
{
	if (end_if_elsewhere(f, job)) {
		handle_outcome(f, job);
		return;
	}
	if (job->expected.size >= 0 &&
	    staged_take(&job->staged, &f->staging, job->key, job->expected.size,
		&job->rec)) {
		job_end_found(job, &f->staging);
		handle_outcome(f, job);
		return;
	}
	let_go(f, job);
	if (gather_add(&f->gather, job))
		return;
	hold(f, job);
	handle_outcome(f, job);
}

static void
start_jobs(struct fetcher *f)
{
	unsigned active = workers_active(&f->workers);
	struct job *job;

	while (active < f->opt->jobs) {
		job = job_take(&f->ready);
		if (job == NULL)
			break;
		if (f->stop == STOP_GOOGLE && job->scheme->remote) {
			give_up(f, job);
		} else if (renew_needed(job)) {
			renew_before_start(&f->renewals, job);
			gather_old(f);
		} else if (gather_ask(&f->gather, job)) {
			put_by(f, job);
		} else {
			renew_give_token(job);
			if (job->scheme->remote)
				workers_fetch(&f->workers, job);
			else
				workers_copy(&f->workers, job);
			active++;
		}
	}
	/* in a list without order one that another run has keeps nobody waiting
	 */
	gather_start(&f->gather,
	    f->ended && (f->gather.mixed ? f->ready.n == 0 : f->held == 0));
	if (f->stop == STOP_GOOGLE)
		give_up_list(f, &f->renewals.waiting);
	renew_send(&f->renewals);
}

/* --- records that come ---------------------------------------------------- */

static bool
has_room(const struct fetcher *f)
{
	return !f->ended && f->held < HELD_MAX &&
	    f->held_bytes < HELD_BYTES_MAX;
}

/* Reads one record; it becomes a job, or passes on. */
static void
take_record(struct fetcher *f)
{
	struct job *job;

	if (f->spare == NULL)
		f->spare = job_new();
	job = f->spare;
	if (!record_read(&f->in, &job->rec)) {
		f->ended = true;
		f->meter.total_items = (int64_t)f->in.lines;
		return;
	}
	if (record_failed(&job->rec)) {
		pass_on(f, job);
		return;
	}
	f->spare = NULL;
	hold(f, job);
	if (f->stop == STOP_ALL)
		give_up(f, job);
	else if (job_parse(job, &f->renewals))
		job_append(&f->ready, job);
	else
		end(f, job);
}

static void
take_records(struct fetcher *f)
{
	while (has_room(f) && record_ready(&f->in))
		take_record(f);
}

/* Waits until something can be done. */
static void
wait_for_work(struct fetcher *f, int ms)
{
	struct pollfd fds[2] = { { .fd = f->workers.wake, .events = POLLIN },
		{ .fd = STDIN_FILENO, .events = POLLIN } };
	nfds_t n = has_room(f) ? 2 : 1;

	if (f->opt->progress && (ms < 0 || ms > METER_MS))
		ms = METER_MS;
	out_flush();
	if (poll(fds, n, ms) < 0 && errno != EINTR)
		msg_die("poll: %s", strerror(errno));
	if (n == 2 && fds[1].revents != 0)
		record_fill(&f->in);
}

/* --- the whole ------------------------------------------------------------ */

static bool
is_over(const struct fetcher *f)
{
	return f->ended && f->held == 0 && f->gather.held == 0 &&
	    !f->gather.running;
}

static void
loop(struct fetcher *f)
{
	while (!is_over(f)) {
		take_records(f);
		wake_waiting(f);
		start_jobs(f);
		if (has_room(f) && record_ready(&f->in))
			continue;
		if (is_over(f))
			break;
		wait_for_work(f, next_wait(f));
		take_back(f);
		meter(f, 0);
	}
}

static int
begin(struct fetcher *f)
{
	static const struct worker_runs runs = { .fetch = network_run,
		.copy = copy_run,
		.pass = pass_run };

	if (repo_check(&f->archive) < 0 ||
	    stored_open(&f->stored, &f->archive) < 0)
		return -1;
	if (staging_open(&f->staging, &f->archive, &f->stored) < 0) {
		stored_close(&f->stored);
		return -1;
	}
	http_init();
	if (workers_init(&f->workers, &runs, &f->staging, f->opt->jobs,
		f->opt->limit) < 0) {
		staging_close(&f->staging);
		stored_close(&f->stored);
		return -1;
	}
	renew_init(&f->renewals, f->workers.wake);
	gather_init(&f->gather, &f->workers);
	record_reader_init(&f->in, STDIN_FILENO);
	progress_start(&f->meter, "files", f->opt->progress);
	return 0;
}

/* Whose accounts and api thread a task works with that was left to itself,
 * until the program ends. */
static struct fetcher *_Atomic left_to_api_task;

/* Ends what begin() began. F goes too, or is the api task's from then on. */
static void
end_all(struct fetcher *f)
{
	workers_release(&f->workers);
	renew_release(&f->renewals);
	gather_release(&f->gather);
	if (f->spare != NULL)
		job_free(f->spare);
	record_reader_release(&f->in);
	staging_close(&f->staging);
	stored_close(&f->stored);
	repo_close(&f->archive);
	if (f->renewals.busy)
		atomic_store(&left_to_api_task, f);
	else
		free(f);
}

/* Nothing can be fetched: what comes is marked and goes on. */
static void
drain_stdin(struct fetcher *f)
{
	record_drain(&f->counts, NULL, "stopped", "gp-fetch could not begin");
	/* where it fails it says so, and this run has failed anyhow */
	(void)run_count(&f->archive, "gp-fetch", &f->counts);
}

enum status
fetch(const struct fetch_options *opt)
{
	struct fetcher *f = mem_alloc(sizeof(*f));
	enum status status;

	f->opt = opt;
	counts_add(&f->counts, "fetched", 0);
	counts_add(&f->counts, "failed", 0);
	/* a list in no order keeps a file open for each part of an export */
	open_files_raise();
	if (repo_open(&f->archive, opt->cli.archive) < 0) {
		free(f);
		return STATUS_STOPPED;
	}
	if (begin(f) < 0) {
		if (f->archive.gp >= 0)
			drain_stdin(f);
		repo_close(&f->archive);
		free(f);
		return STATUS_STOPPED;
	}
	run_count_watch(&f->archive, "gp-fetch", &f->counts);
	loop(f);
	if (f->in.failed)
		status_raise(&f->status, STATUS_STOPPED);
	out_flush();
	if (opt->progress)
		progress_end(&f->meter);
	if (run_count(&f->archive, "gp-fetch", &f->counts) < 0)
		status_raise(&f->status, STATUS_STOPPED);
	status = f->status;
	end_all(f);
	return status;
}
