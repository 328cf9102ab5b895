#include "gp-index/sweep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/mem.h"
#include "lib/msg.h"
#include "lib/publish.h"
#include "lib/staged-record.h"

#define PART ".part" /* what gp-fetch has not finished */
#define BATCH 64 /* records may be long */

struct sweeper {
	struct ingest *in;
	const struct keyset *left;
	bool alone;
	sweep_adopt *adopt;
	void *arg;
	sqlite3_stmt *stored; /* whether an item with this key is */
	struct arrival *batch;
	size_t n;
	enum status status;
};

static bool
ends_in(const char *name, const char *tail)
{
	size_t n = strlen(name), len = strlen(tail);

	return n > len && strcmp(name + n - len, tail) == 0;
}

static bool
is_there(const struct sweeper *w, const char *name)
{
	return faccessat(w->in->staging, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void
remove_file(struct sweeper *w, const char *name, const char *why)
{
	if (unlinkat(w->in->staging, name, 0) == 0) {
		msg_at(1, name, "removed from staging: %s", why);
	} else if (errno != ENOENT) {
		msg(name, "cannot remove it from staging: %s", strerror(errno));
		status_raise(&w->status, STATUS_SOME);
	}
}

static void
remove_record(struct sweeper *w, const char *name)
{
	if (staged_record_remove(w->in->staging, name) == 0)
		return;
	msg(name, "cannot remove its record from staging: %s", strerror(errno));
	status_raise(&w->status, STATUS_SOME);
}

/* --- parts ---------------------------------------------------------------- */

/* Whether an item is stored whose key begins NAME, as gp-fetch names parts. */
static bool
is_stored(struct sweeper *w, const char *name)
{
	uint8_t key[DIGEST_SIZE];
	char hex[DIGEST_HEX];
	int step;

	if (strnlen(name, DIGEST_HEX) < DIGEST_HEX)
		return false;
	memcpy(hex, name, DIGEST_HEX - 1);
	hex[DIGEST_HEX - 1] = '\0';
	if (digest_parse(hex, key) < 0)
		return false;
	index_bind_digest(w->stored, 1, key);
	step = index_step(&w->in->ix, w->stored);
	sqlite3_reset(w->stored);
	if (step < 0)
		status_raise(&w->status, STATUS_STOPPED);
	return step > 0;
}

/* Whoever downloads into it holds it. */
static void
sweep_part(struct sweeper *w, const char *name)
{
	int fd;

	if (!is_stored(w, name))
		return;
	fd = openat(w->in->staging, name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		remove_file(w, name, "its item is stored");
	close(fd);
}

/* --- whole files ---------------------------------------------------------- */

/* Hands over what is collected. */
static void
flush(struct sweeper *w)
{
	if (w->n > 0)
		w->adopt(w->arg, w->batch, w->n);
	w->n = 0;
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
		if (errno != ENOENT) {
			msg(name, "in staging: %s", strerror(errno));
			status_raise(&w->status, STATUS_SOME);
		}
		return;
	}
	if (!staged_is_proved(fd, proof, true) ||
	    digest_fd(w->in->digest, fd, sha256, &size) < 0) {
		msg(record_label(&a->rec),
		    "what an earlier run staged of it is damaged and not "
		    "stored: .gp/staging/%s; it is to be fetched again",
		    name);
		status_raise(&w->status, STATUS_SOME);
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
	msg_at(1, record_label(&a->rec), "adopted: a run that died staged it");
	w->n++;
	if (w->n == BATCH)
		flush(w);
}

/* Whether file NAME is what gp-fetch calls that of ITEM. */
static bool
is_named_for(const char *name, const struct item *item)
{
	char hex[DIGEST_HEX];

	digest_hex(item->key, hex);
	return strncmp(name, hex, DIGEST_HEX - 1) == 0;
}

/* The record of file NAME, which may be there or not. */
static void
sweep_record(struct sweeper *w, const char *name)
{
	struct arrival *a = &w->batch[w->n];
	struct staged_proof proof;
	uint8_t stored[DIGEST_SIZE];
	int known;

	if (staged_record_read(w->in->staging, name, &a->rec, &proof) < 0 ||
	    item_read(&a->item, &a->rec, w->in->digest) < 0) {
		msg(name, "its record in .gp/staging can't be read");
		status_raise(&w->status, STATUS_SOME);
		return;
	}
	known = item_file(&w->in->st, &a->item, stored);
	if (known > 0 && !is_named_for(name, &a->item)) {
		msg(name,
		    "in .gp/staging, with the record of another item: it is "
		    "left there");
		status_raise(&w->status, STATUS_SOME);
	} else if (known > 0) {
		remove_file(w, name, "its item is stored");
		remove_record(w, name);
	} else if (known < 0) {
		status_raise(&w->status, STATUS_STOPPED);
	} else if (!is_there(w, name)) {
		if (w->alone)
			remove_record(w, name);
	} else if (!keyset_has(w->left, &a->item)) {
		collect(w, a, name, &proof);
	}
}

/* --- all of it ------------------------------------------------------------ */

static void
sweep_one(struct sweeper *w, const char *name)
{
	char *whole;

	if (ends_in(name, PART)) {
		sweep_part(w, name);
	} else if (ends_in(name, STAGED_RECORD_SUFFIX)) {
		whole = mem_strndup(name,
		    strlen(name) - strlen(STAGED_RECORD_SUFFIX));
		sweep_record(w, whole);
		free(whole);
	} else if (w->alone &&
	    (ends_in(name, PUBLISH_SUFFIX) ||
		strncmp(name, INCOMING_COPY, strlen(INCOMING_COPY)) == 0)) {
		remove_file(w, name, "its writer was killed");
	}
}

/* The names are read first: what is done changes the folder. */
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
	for (i = 0; i < n; i++) {
		if (entry[i]->d_name[0] != '.' && !w->in->stopped)
			sweep_one(w, entry[i]->d_name);
		free(entry[i]);
	}
	free(entry);
}

enum status
sweep(struct ingest *s, const struct keyset *left, bool alone,
    sweep_adopt *adopt, void *arg)
{
	struct sweeper w = { .in = s,
		.left = left,
		.alone = alone,
		.adopt = adopt,
		.arg = arg };
	size_t i;

	w.batch = mem_alloc(BATCH * sizeof(*w.batch));
	for (i = 0; i < BATCH; i++)
		record_init(&w.batch[i].rec);
	w.stored = index_prepare(&s->ix,
	    "SELECT 1 FROM item WHERE key = ? AND file IS NOT NULL");
	sweep_all(&w);
	flush(&w);
	sqlite3_finalize(w.stored);
	for (i = 0; i < BATCH; i++)
		record_release(&w.batch[i].rec);
	free(w.batch);
	return w.status;
}

void
sweep_unpublished(const struct repo *a)
{
	int listings;

	publish_sweep(a->gp);
	listings = openat(a->gp, "listings",
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (listings < 0)
		return;
	publish_sweep(listings);
	close(listings);
}
