#include "gp-index/ingest/sweep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gp-index/checksums/checksums-name.h"
#include "gp-index/ingest/adopted.h"
#include "gp-index/ingest/stored-bytes.h"
#include "gp-index/items/amount.h"
#include "lib/archive/litter.h"
#include "lib/archive/staged-record.h"
#include "lib/files/file.h"
#include "lib/files/nameless.h"
#include "lib/files/path.h"
#include "lib/files/publish.h"
#include "lib/mem.h"
#include "lib/program/msg.h"

#define REASON_MAX 256
#define SWEEP_BATCH 64 /* records may be long: */
#define SWEEP_BYTES ((size_t)4 * 1024 * 1024)

struct sweeper {
	struct ingest *in;
	const struct keyset *left;
	bool alone, end;
	sweep_adopt *adopt;
	void *arg;
	struct arrival *batch;
	size_t n, bytes; /* of it that are in use */
	int64_t unfinished; /* files that nobody is at work on */
	int64_t unfinished_bytes;
	int64_t strays; /* whole files without a record */
	char stray[NAME_MAX + 1]; /* the first of them */
	enum status status;
};

static bool
is_there(const struct sweeper *w, const char *name)
{
	return faccessat(w->in->staging, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool
is_folder(const struct sweeper *w, const char *name)
{
	struct stat st;

	return fstatat(w->in->staging, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISDIR(st.st_mode);
}

/* What stays as it is: said at the end alone, for it may be settled meanwhile,
 * and would be said twice. */
__attribute__((format(printf, 3, 4))) static void
complain(struct sweeper *w, const char *subject, const char *fmt, ...)
{
	char reason[REASON_MAX];
	va_list ap;

	status_raise(&w->status, STATUS_SOME);
	if (!w->end)
		return;
	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	msg(subject, "%s", reason);
}

/* Whether it is gone now. */
static bool
remove_file(struct sweeper *w, const char *name, const char *why)
{
	if (unlinkat(w->in->staging, name, 0) == 0) {
		msg_at(1, name, "removed from staging: %s", why);
	} else if (errno != ENOENT) {
		msg(name, "cannot remove it from staging: %s", strerror(errno));
		status_raise(&w->status, STATUS_SOME);
		return false;
	}
	return true;
}

static void
remove_record(struct sweeper *w, const char *name)
{
	if (staged_record_remove(w->in->staging, name) == 0)
		return;
	msg(name, "cannot remove its record from staging: %s", strerror(errno));
	status_raise(&w->status, STATUS_SOME);
}

/* --- unfinished files ----------------------------------------------------- */

/* Whether NAME begins with a key, as gp-fetch names files. */
static bool
has_key(const char *name, uint8_t key[static DIGEST_SIZE])
{
	char hex[DIGEST_HEX];

	if (strnlen(name, DIGEST_HEX) < DIGEST_HEX - 1)
		return false;
	memcpy(hex, name, DIGEST_HEX - 1);
	hex[DIGEST_HEX - 1] = '\0';
	return digest_parse(hex, key) == 0;
}

/* Of what could not be read, or the index failed at. */
static void
note_unread(struct sweeper *w, const char *subject)
{
	if (w->in->ix.failed)
		status_raise(&w->status, STATUS_STOPPED);
	else
		complain(w, subject,
		    "what the archive has of it can't be read, so what is in "
		    ".gp/staging stays");
}

/* Whether what file NAME is to become is stored, and sound. */
static bool
check_stored(struct sweeper *w, const char *name)
{
	uint8_t key[DIGEST_SIZE], sha256[DIGEST_SIZE];
	int found = has_key(name, key)
	    ? stored_bytes_find(w->in, key, NULL, sha256)
	    : 0;

	if (found < 0)
		note_unread(w, name);
	return found > 0;
}

/* Whoever downloads into it holds it. */
static void
sweep_unfinished(struct sweeper *w, const char *name)
{
	struct stat st;
	int fd;

	fd = openat(w->in->staging, name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
		if (check_stored(w, name)) {
			remove_file(w, name, "its item is stored");
		} else if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
			w->unfinished++;
			w->unfinished_bytes += st.st_size;
		}
	}
	close(fd);
}

/* Of a run that left nothing over: whoever lists them again goes on with them;
 * else nobody knows what they are. */
static void
say_unfinished(const struct sweeper *w)
{
	char words[AMOUNT_SIZE];

	if (w->unfinished > 0 && w->end && w->alone && w->left->used == 0)
		msg(w->in->ix.archive.path,
		    "in .gp/staging are unfinished downloads of earlier runs, "
		    "%s: they are gone on with where they are listed again; "
		    "else remove the .part files",
		    amount_words(words, w->unfinished, w->unfinished_bytes));
}

/* --- whole files ---------------------------------------------------------- */

/* Hands over what is collected. */
static void
flush(struct sweeper *w)
{
	if (w->n > 0)
		w->adopt(w->arg, w->batch, w->n);
	w->n = w->bytes = 0;
}

/* Makes an arrival of file NAME, whose record is in A already. */
static void
collect(struct sweeper *w, struct arrival *a, const char *name,
    const struct staged_proof *proof)
{
	uint8_t sha256[DIGEST_SIZE];
	char hex[DIGEST_HEX], *path;
	int64_t size;
	int fd;

	fd = openat(w->in->staging, name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0) {
		if (errno != ENOENT)
			complain(w, name, "in staging: %s", strerror(errno));
		return;
	}
	if (!staged_record_proves(fd, proof) ||
	    digest_fd(w->in->digest, fd, sha256, &size) < 0) {
		complain(w, record_display_name(&a->rec),
		    "what an earlier run staged of it is damaged and not "
		    "stored: .gp/staging/%s; it is to be fetched again",
		    name);
		close(fd);
		return;
	}
	close(fd);
	path = mem_printf("%s/.gp/staging/%s", w->in->ix.archive.path, name);
	digest_hex(sha256, hex);
	record_set_text(&a->rec, "file", path);
	record_set_int(&a->rec, "size", size);
	record_set_text(&a->rec, "sha256", hex);
	free(path);
	msg_at(1, record_display_name(&a->rec),
	    "adopted: a run that died staged it");
	ingest_open(w->in, a);
	w->n++;
	w->bytes += a->rec.line.len;
	if (w->n == SWEEP_BATCH || w->bytes >= SWEEP_BYTES)
		flush(w);
}

/* Reads the record of file NAME; false with errno where it can't be told what
 * it is. */
static bool
read_record(struct sweeper *w, const char *name, struct arrival *a,
    struct staged_proof *proof)
{
	if (staged_record_read(w->in->staging, name, &a->rec, proof) < 0)
		return false;
	errno = EBADMSG;
	return !record_failed(&a->rec) &&
	    item_read(&a->item, &a->rec, w->in->digest) == 0;
}

/* Whether the archive has the bytes SHA256 as they were stored. */
static bool
check_bytes(struct sweeper *w, const uint8_t sha256[static DIGEST_SIZE])
{
	sqlite3_stmt *find = w->in->find;
	bool sound = false;
	int step;

	index_bind_digest(find, 1, sha256);
	step = index_step(&w->in->ix, find);
	if (step > 0)
		sound = strcmp(stored_bytes_state(&w->in->ix.archive,
				   index_text(find, 0), sha256, w->in->digest),
			    "ok") == 0;
	else if (step < 0)
		status_raise(&w->status, STATUS_STOPPED);
	sqlite3_reset(find);
	return sound;
}

/* Keeps the record of A, which is stored with the bytes SHA256, among those of
 * this run: who stored it may have died before it told of it. Whether it is
 * kept where it is to be. */
static bool
keep_record(struct sweeper *w, struct arrival *a,
    const uint8_t sha256[static DIGEST_SIZE])
{
	sqlite3_stmt *find = w->in->find;
	int result;

	index_bind_digest(find, 1, sha256);
	result = index_step(&w->in->ix, find);
	if (result > 0)
		result = adopted_keep_at(&w->in->ix.archive, &a->rec, sha256,
		    index_text(find, 0));
	sqlite3_reset(find);
	if (result < 0)
		status_raise(&w->status, STATUS_STOPPED);
	return result == 0;
}

/* Notes in the index from where, and in which album, A came, which is stored
 * with the bytes SHA256: that run may have died which would have told of it.
 * NULL: what is stored is bad, so nothing is settled by that. Whether it is
 * noted. */
static bool
note_item(struct sweeper *w, struct arrival *a, const uint8_t *sha256)
{
	struct index *ix = &w->in->ix;
	int result = 0;
	bool failed;

	failed = index_begin_write(ix) < 0;
	if (!failed)
		result = sha256 != NULL
		    ? item_store(&w->in->st, &a->item, &a->rec, sha256)
		    : item_note(&w->in->st, &a->item, &a->rec, NULL);
	if (!failed && result < 0) {
		index_rollback(ix);
		failed = true;
	} else if (!failed) {
		failed = index_commit(ix) < 0;
	}
	if (failed)
		status_raise(&w->status, STATUS_STOPPED);
	return !failed;
}

/* A record whose file is gone: it was stored for another account, or gp-fetch
 * was killed before the file got its name, and it lies there unfinished, or
 * somebody took the file away. */
static void
sweep_lone_record(struct sweeper *w, struct arrival *a, const char *name,
    const struct staged_proof *proof)
{
	uint8_t stored[DIGEST_SIZE];
	char *unfinished;
	int found = 0;

	if (!w->alone)
		return;
	if (item_names_file(&a->item, name))
		found = stored_bytes_find(w->in, a->item.key, proof, stored);
	if (found < 0) {
		note_unread(w, record_display_name(&a->rec));
		return;
	}
	if (found > 0) {
		if (note_item(w, a, stored) && keep_record(w, a, stored))
			remove_record(w, name);
		return;
	}
	unfinished = mem_printf("%s" STAGED_UNFINISHED_SUFFIX, name);
	if (!is_there(w, unfinished))
		msg(record_display_name(&a->rec),
		    "its staged file is gone; it is to be fetched again");
	free(unfinished);
	remove_record(w, name);
}

/* File NAME, whose item the index has as stored, with the bytes SHA256. It goes
 * if that is true; else it may be the only good copy there is, and is adopted:
 * --record puts it in the other's place. */
static void
sweep_known(struct sweeper *w, struct arrival *a, const char *name,
    const struct staged_proof *proof, const uint8_t sha256[static DIGEST_SIZE])
{
	const bool there = is_there(w, name);
	bool sound;

	if (keyset_has(w->left, &a->item))
		return;
	sound = check_bytes(w, sha256);
	if (!sound && w->status == STATUS_STOPPED)
		return;
	if (!sound && there) {
		collect(w, a, name, proof);
		return;
	}
	if (!sound) {
		/* others may be about to give the file its name */
		if (w->alone && note_item(w, a, NULL))
			remove_record(w, name);
		return;
	}
	if (note_item(w, a, sha256) &&
	    remove_file(w, name, "its item is stored") &&
	    keep_record(w, a, sha256))
		remove_record(w, name);
}

/* The record of file NAME, which may be there or not. */
static void
sweep_record(struct sweeper *w, const char *name)
{
	struct arrival *a = &w->batch[w->n];
	struct staged_proof proof;
	uint8_t stored[DIGEST_SIZE];
	int known;

	if (!read_record(w, name, a, &proof)) {
		/* gone: another --record has stored it meanwhile */
		if (errno != ENOENT)
			complain(w, name,
			    "its record in .gp/staging can't be read");
		return;
	}
	known = item_file(&w->in->st, &a->item, stored);
	if (known > 0 && !item_names_file(&a->item, name)) {
		complain(w, name,
		    "in .gp/staging, with the record of another item: it is "
		    "left there");
	} else if (known > 0) {
		sweep_known(w, a, name, &proof, stored);
	} else if (known < 0) {
		status_raise(&w->status, STATUS_STOPPED);
	} else if (!is_there(w, name)) {
		sweep_lone_record(w, a, name, &proof);
	} else if (!keyset_has(w->left, &a->item)) {
		collect(w, a, name, &proof);
	}
}

/* --- what is no staged file ----------------------------------------------- */

/* The folder NAME: gp-fetch can't put a file there. What a NAS puts into every
 * folder is in nobody's way. */
static void
sweep_folder(struct sweeper *w, const char *name)
{
	uint8_t key[DIGEST_SIZE];
	char *path;

	if (!has_key(name, key))
		return;
	path = mem_printf("%s/.gp/staging/%s", w->in->ix.archive.path, name);
	complain(w, path,
	    "a folder lies where a fetched file belongs: remove it");
	free(path);
}

/* Counts file NAME if it has no record; that of a record which failed just now
 * may be any, so then none is. */
static void
sweep_whole(struct sweeper *w, const char *name)
{
	struct stat st;
	char *record;

	if (!w->alone || !w->end || w->left->used > 0 || litter_is(name))
		return;
	record = mem_printf("%s" STAGED_RECORD_SUFFIX, name);
	if (!is_there(w, record) &&
	    fstatat(w->in->staging, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(st.st_mode) && w->strays++ == 0)
		snprintf(w->stray, sizeof(w->stray), "%s", name);
	free(record);
}

static void
say_strays(const struct sweeper *w)
{
	static const char what[] =
	    "in .gp/staging without a record: left there; no listing names";
	char *subject;

	if (w->strays == 1)
		msg(w->stray, "%s it", what);
	if (w->strays < 2)
		return;
	subject = mem_printf("%s and %lld more", w->stray,
	    (long long)(w->strays - 1));
	msg(subject, "%s them", what);
	free(subject);
}

/* --- all of it ------------------------------------------------------------ */

/* The record that is called NAME. */
static void
sweep_json(struct sweeper *w, const char *name)
{
	char *whole;

	whole = mem_strndup(name, strlen(name) - strlen(STAGED_RECORD_SUFFIX));
	/* where the file should be is a folder: that is said already */
	if (!is_folder(w, whole))
		sweep_record(w, whole);
	free(whole);
}

static bool
is_unfinished(const char *name)
{
	return path_ends_in(name, STAGED_UNFINISHED_SUFFIX);
}

static void
sweep_one(struct sweeper *w, const char *name)
{
	if (is_unfinished(name)) {
		sweep_unfinished(w, name);
	} else if (is_folder(w, name)) {
		sweep_folder(w, name);
	} else if (path_ends_in(name, STAGED_RECORD_SUFFIX)) {
		sweep_json(w, name);
	} else if (path_ends_in(name, STAGED_RECORD_SUFFIX PUBLISH_SUFFIX) ||
	    nameless_is(name) || incoming_is_copy(name)) {
		if (w->alone)
			remove_file(w, name, "its writer was killed");
	} else {
		sweep_whole(w, name);
	}
}

/* Those of the N entries that are unfinished files, or the others. */
static void
sweep_some(struct sweeper *w, struct dirent **entry, int n, bool unfinished)
{
	int i;

	for (i = 0; i < n; i++) {
		if (entry[i]->d_name[0] != '.' && !w->in->stopped &&
		    w->status != STATUS_STOPPED &&
		    is_unfinished(entry[i]->d_name) == unfinished)
			sweep_one(w, entry[i]->d_name);
	}
	flush(w);
}

/* The names are read first: what is done changes the folder. Unfinished files
 * come last: whether their item is stored is known when all is adopted. */
static void
sweep_all(struct sweeper *w)
{
	struct dirent **entry;
	int i, n;

	n = scandirat(w->in->staging, ".", &entry, NULL, alphasort);
	if (n < 0) {
		msg(w->in->ix.archive.path,
		    "cannot look through .gp/staging: %s", strerror(errno));
		w->status = STATUS_STOPPED;
		return;
	}
	sweep_some(w, entry, n, false);
	sweep_some(w, entry, n, true);
	for (i = 0; i < n; i++)
		free(entry[i]);
	free(entry);
}

enum status
sweep(struct ingest *s, const struct keyset *left, bool alone, bool end,
    sweep_adopt *adopt, void *arg)
{
	struct sweeper w = { .in = s,
		.left = left,
		.alone = alone,
		.end = end,
		.adopt = adopt,
		.arg = arg };
	size_t i;

	w.batch = mem_alloc(SWEEP_BATCH * sizeof(*w.batch));
	for (i = 0; i < SWEEP_BATCH; i++)
		record_init(&w.batch[i].rec);
	sweep_all(&w);
	say_strays(&w);
	say_unfinished(&w);
	for (i = 0; i < SWEEP_BATCH; i++)
		record_release(&w.batch[i].rec);
	free(w.batch);
	return w.status;
}

/* Of folder NAME below .gp, what begins with PREFIX. */
static void
sweep_folder_of(const struct repo *a, const char *name, const char *prefix)
{
	int folder = openat(a->gp, name,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (folder < 0)
		return;
	publish_sweep_of(folder, prefix);
	close(folder);
}

/* Where GP_INDEX names another folder, others' files may lie there. */
static void
sweep_beside_index(const struct index *ix)
{
	char *folder = path_folder(ix->path);
	char *name = mem_printf("%s" PUBLISH_SUFFIX, path_base(ix->path));
	int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir >= 0) {
		publish_sweep_of(dir, name);
		close(dir);
	}
	free(folder);
	free(name);
}

void
sweep_unpublished(const struct index *ix)
{
	publish_sweep(ix->archive.gp);
	sweep_folder_of(&ix->archive, "listings", "");
	sweep_folder_of(&ix->archive, "quarantine", CHECKSUMS_NAME "-");
	sweep_beside_index(ix);
}
