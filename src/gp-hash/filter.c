/*
 * The filter of the pipeline: each record's file is read and the record gets
 * its sum, or with --check whether it still has the sum that it had.
 */
#include "gp-hash/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gp-hash/extents.h"
#include "gp-hash/hash.h"
#include "lib/archive/repo.h"
#include "lib/archive/run-folder.h"
#include "lib/archive/staging-lock.h"
#include "lib/files/file.h"
#include "lib/mem.h"
#include "lib/program/msg.h"
#include "lib/program/out.h"
#include "lib/record/record-reader.h"

struct filter {
	const struct hash_options *opt;
	struct record_reader in;
	struct repo archive;
	bool have_archive, no_archive; /* opened; or tried in vain */
	/* our shares in the locks of staging, of the archive that we are told
	 * of and of the one whose files come, if that is another; -1 until then
	 */
	int sharing, theirs;
	bool met; /* a staged file: its archive's is shared */
	bool unlocked; /* it can't be locked: said already */
	int root; /* what `path` lies below; -1 until a record needs it */
	bool image; /* it is no folder, but a disc or its image */
	struct counts counts;
	enum status status;
};

#define STAGING "/.gp/staging/"
#define OPEN_FLAGS (O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

/* --- in the threads: one record is read ----------------------------------- */

/* Opens the file of the record: `file`, else `path`; with --root the copy
 * there, wherever else the bytes may lie. fd, or -1 with errno (ENODATA: the
 * record has neither; EINVAL: its path is not safe). */
static int
open_named(const struct filter *f, struct record *rec)
{
	const char *file = record_text(rec, "file");
	const char *path = record_text(rec, "path");
	int fd = -1;

	errno = ENODATA;
	if (file != NULL && (path == NULL || f->opt->root == NULL))
		fd = open(file, OPEN_FLAGS);
	/* what was recorded since is staged no more */
	if (fd < 0 && path != NULL && (errno == ENODATA || errno == ENOENT))
		fd = file_open_below(f->root, path, OPEN_FLAGS, 0);
	return fd;
}

/* The same for regular files alone: others might never end. */
static int
open_regular(const struct filter *f, struct record *rec)
{
	struct stat st;
	int fd, error = 0;

	fd = open_named(f, rec);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0)
		error = errno;
	else if (S_ISDIR(st.st_mode))
		error = EISDIR;
	else if (!S_ISREG(st.st_mode))
		error = ENOTBLK;
	if (error == 0)
		return fd;
	close(fd);
	errno = error;
	return -1;
}

/* The same from the image. */
static int
read_extents(const struct filter *f, struct hash_job *job, struct digest *d,
    int64_t *bytes)
{
	struct record *rec = &job->rec;

	if (extents_sum(d, f->root, record_text(rec, "extents"), job->sum,
		bytes) == 0)
		return 0;
	if (errno == EINVAL)
		record_fail(rec, "missing-field",
		    "its \"extents\" are none, as 2048+100,4096+7");
	else
		hash_note_error(job, errno);
	return -1;
}

/* Reads the file of JOB; 0, or -1 when the record or the job has the reason. */
static int
read_file(const struct filter *f, struct hash_job *job, struct digest *d,
    int64_t *bytes)
{
	int fd;

	if (f->image)
		return read_extents(f, job, d, bytes);
	fd = open_regular(f, &job->rec);
	if (fd >= 0 && hash_fd(d, fd, job->sum, bytes) == 0)
		return 0;
	if (errno == ENODATA)
		record_fail(&job->rec, "missing-field",
		    "neither \"file\" nor \"path\" says what to read");
	else if (errno == EINVAL && fd < 0)
		record_fail(&job->rec, "unsafe-path",
		    "its path leads out of the folder");
	else
		hash_note_error(job, errno);
	return -1;
}

/* Whether the record names a size; false with *SIZE unset where it does not,
 * -1 in *SIZE where it is none. */
static bool
has_size(const struct record *rec, int64_t *size)
{
	const char *value;
	size_t n;

	value = record_get(rec, "size", &n);
	if (value == NULL || *value == 'n')
		return false;
	if (record_int(rec, "size", size) < 0)
		*size = -1;
	return true;
}

static void
fail_unread(struct record *rec, int error)
{
	const char *name = record_text(rec, "file");

	if (name == NULL)
		name = record_text(rec, "path");
	record_fail(rec, error == ENOENT ? "not-found" : "unreadable",
	    "cannot read %s: %s", name, hash_reason(error));
}

/* Whether the record's file lay in a staging folder: another run of the same
 * album may have taken it into the archive. */
static bool
was_staged(struct record *rec)
{
	const char *file = record_text(rec, "file");

	return file != NULL && strstr(file, STAGING) != NULL;
}

static void
hash_record(const struct filter *f, struct hash_job *job, struct digest *d)
{
	struct record *rec = &job->rec;
	char hex[DIGEST_HEX];
	int64_t size, bytes;

	if (read_file(f, job, d, &bytes) < 0) {
		if (job->verified == VERIFIED_MISSING && was_staged(rec))
			job->verified = VERIFIED_GONE;
		else if (job->verified != VERIFIED_OK)
			fail_unread(rec, job->error);
		return;
	}
	if (!has_size(rec, &size))
		record_set_int(rec, "size", bytes);
	else if (size != bytes)
		record_fail(rec, "bad-length",
		    "the file has %lld bytes, not the size in its record",
		    (long long)bytes);
	digest_hex(job->sum, hex);
	record_set_text(rec, "sha256", hex); /* not where it failed */
	if (!record_failed(rec))
		msg_at(1, record_display_name(rec), "%s", hex);
}

static enum verified
compare(const struct hash_job *job, int64_t bytes)
{
	int64_t size;

	if (memcmp(job->sum, job->want, DIGEST_SIZE) != 0 ||
	    (has_size(&job->rec, &size) && size != bytes))
		return VERIFIED_MISMATCH;
	return VERIFIED_OK;
}

static void
check_record(const struct filter *f, struct hash_job *job, struct digest *d)
{
	static const char *const words[] = { "ok", "mismatch", "missing",
		"unreadable" };
	struct record *rec = &job->rec;
	const char *hex = record_text(rec, "sha256");
	int64_t bytes;

	if (hex == NULL || digest_parse(hex, job->want) < 0) {
		record_fail(rec, "missing-field",
		    "no \"sha256\" of 64 hex digits to compare with");
		return;
	}
	if (read_file(f, job, d, &bytes) == 0)
		job->verified = compare(job, bytes);
	if (record_failed(rec))
		return;
	if (job->verified == VERIFIED_MISMATCH)
		msg(record_display_name(rec),
		    "mismatch: the file is not what was "
		    "recorded");
	else if (job->verified != VERIFIED_OK)
		msg(record_display_name(rec), "%s: %s", words[job->verified],
		    hash_reason(job->error));
	else
		msg_at(1, record_display_name(rec), "ok");
	record_set_text(rec, "check", words[job->verified]);
}

static void
work(struct hash_job *job, struct digest *d, const void *arg)
{
	const struct filter *f = arg;

	job->verified = VERIFIED_OK;
	if (record_failed(&job->rec))
		return;
	if (f->opt->check)
		check_record(f, job, d);
	else
		hash_record(f, job, d);
}

/* --- in the main thread: records come and go ------------------------------ */

/* Nobody else would see that it is at work here: such files stay untouched. */
static void
refuse_unlocked(struct filter *f, struct record *rec, const char *folder)
{
	if (!f->unlocked)
		msg(folder, "cannot lock .gp/staging: %s",
		    file_lock_reason(errno));
	f->unlocked = true;
	record_mark(rec, "io", ".gp/staging cannot be locked");
	status_raise(&f->status, STATUS_STOPPED);
}

/* Whether our first share is in the lock of folder STAGING. */
static bool
is_shared(const struct filter *f, int staging)
{
	struct stat ours, st;

	return f->sharing >= 0 && fstat(f->sharing, &ours) == 0 &&
	    fstat(staging, &st) == 0 && file_is_same(&ours, &st);
}

/* From the first staged file on: nobody takes for left behind what passes here.
 * A folder that is not there is none of an archive, or is gone. */
static void
share_staging(struct filter *f, struct record *rec)
{
	const char *file = record_text(rec, "file"), *tail;
	char *folder;
	int staging;

	tail = file != NULL ? strstr(file, STAGING) : NULL;
	if (tail == NULL || f->opt->check)
		return;
	folder = mem_strndup(file, (size_t)(tail - file) + strlen(STAGING));
	staging = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (staging >= 0) {
		f->met = is_shared(f, staging);
		if (!f->met)
			f->theirs = staging_lock_share(staging);
		f->met = f->met || f->theirs >= 0;
		/* the archive's name, as gp-fetch says it */
		folder[tail - file] = '\0';
		if (!f->met && errno != ENOENT)
			refuse_unlocked(f, rec, folder);
		close(staging);
	}
	free(folder);
}

/* The same from the start on, where the archive is known: between the end of
 * gp-fetch and the first record nobody may think that both are dead. */
static void
share_first(struct filter *f)
{
	struct repo a;
	int staging;

	if (f->opt->check || repo_find(&a, f->opt->cli.archive) < 0)
		return;
	/* which gp-fetch makes, beside this or after it */
	(void)mkdirat(a.gp, "staging", 0777);
	staging = openat(a.gp, "staging",
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (staging >= 0) {
		f->sharing = staging_lock_share(staging);
		close(staging);
	}
	repo_close(&a);
}

/* Makes sure of the folder that `path` lies below, if the record has one. An
 * archive that can't be opened is said once. */
static void
prepare(struct filter *f, struct record *rec)
{
	size_t n;

	if (!f->met && !record_failed(rec))
		share_staging(f, rec);
	if (f->root >= 0 || record_failed(rec) ||
	    record_get(rec, "path", &n) == NULL)
		return;
	if (!f->have_archive && !f->no_archive) {
		f->have_archive = repo_open(&f->archive, f->opt->cli.archive) ==
		    0;
		f->no_archive = !f->have_archive;
	}
	if (f->have_archive) {
		f->root = f->archive.fd;
	} else {
		record_mark(rec, "io", "the archive cannot be opened");
		status_raise(&f->status, STATUS_STOPPED);
	}
}

static void
finish(struct filter *f, struct hash_job *job)
{
	bool gone = job->verified == VERIFIED_GONE;
	bool failed = record_failed(&job->rec) ||
	    (job->verified != VERIFIED_OK && !gone);

	counts_add(&f->counts, failed ? "failed" : gone ? "gone" : "hashed", 1);
	if (failed)
		status_raise(&f->status, STATUS_SOME);
	if (gone)
		msg_at(1, record_display_name(&job->rec),
		    "gone from staging: "
		    "gp-index --record tells whether it is stored");
	record_write(&job->rec);
}

/* Gives the threads all that has come and fits; false at the end of input. */
static bool
submit_ready(struct filter *f, struct pool *pool)
{
	struct hash_job *job;

	while (record_ready(&f->in)) {
		job = pool_slot(pool);
		if (job == NULL)
			break;
		if (!record_read(&f->in, &job->rec))
			return false;
		prepare(f, &job->rec);
		pool_submit(pool);
	}
	return true;
}

/* What is done leaves before anybody waits, however idle the input is. */
static void
run(struct filter *f, struct pool *pool)
{
	struct hash_job *job;
	bool more = true;
	int fd;

	for (;;) {
		job = pool_done(pool);
		while (job != NULL) {
			finish(f, job);
			pool_retire(pool);
			job = pool_done(pool);
		}
		if (more)
			more = submit_ready(f, pool);
		if (!more && pool_empty(pool))
			return;
		/* a full window waits for its oldest job alone */
		fd = more && pool_slot(pool) != NULL ? STDIN_FILENO : -1;
		out_flush();
		if (pool_wait(pool, fd))
			record_fill(&f->in);
	}
}

/* --root: a folder, or a disc or its image. 0, or -1 with the reason said. */
static int
open_root(struct filter *f)
{
	const char *root = f->opt->root;

	f->root = open(root, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	f->image = f->root >= 0 && extents_can_be_in(f->root);
	if (f->image)
		return 0;
	if (f->root >= 0)
		close(f->root);
	f->root = hash_open_root(root);
	return f->root < 0 ? -1 : 0;
}

enum status
hash_filter(const struct hash_options *opt)
{
	struct filter f = { .opt = opt,
		.root = -1,
		.sharing = -1,
		.theirs = -1 };
	struct pool *pool;

	if (opt->root != NULL && open_root(&f) < 0)
		return STATUS_STOPPED;
	if (run_name() != NULL) {
		if (repo_open(&f.archive, opt->cli.archive) < 0)
			return STATUS_STOPPED;
		f.have_archive = true;
	}
	share_first(&f);
	counts_add(&f.counts, "hashed", 0);
	counts_add(&f.counts, "failed", 0);
	if (f.have_archive)
		run_count_watch(&f.archive, "gp-hash", &f.counts);
	record_reader_init(&f.in, STDIN_FILENO);
	pool = pool_new(opt->threads, work, &f);
	run(&f, pool);
	pool_free(pool);
	if (f.in.failed)
		status_raise(&f.status, STATUS_STOPPED);
	record_reader_release(&f.in);
	if (f.have_archive) {
		if (run_count(&f.archive, "gp-hash", &f.counts) < 0)
			status_raise(&f.status, STATUS_STOPPED);
		repo_close(&f.archive);
	}
	if (f.sharing >= 0)
		close(f.sharing);
	if (f.theirs >= 0)
		close(f.theirs);
	if (opt->root != NULL)
		close(f.root);
	return f.status;
}
