#include "gp-index/modes/replay.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gp-index/items/item.h"
#include "gp-index/modes/discs.h"
#include "lib/files/file.h"
#include "lib/num.h"
#include "lib/program/msg.h"
#include "lib/record/record-reader.h"

struct replayer {
	struct index *ix;
	struct item_statements st;
	sqlite3_stmt *find, *describe;
	struct digest *digest;
	struct replayed *replayed;
};

/* What the record that brought a file knew of it; the first one counts, as it
 * did then, but for an original that came later. */
static int
describe(struct replayer *t, struct record *rec, const uint8_t *sha256)
{
	const char *text;
	int64_t taken;

	sqlite3_clear_bindings(t->describe);
	index_bind_digest(t->describe, 1, sha256);
	index_bind_text(t->describe, 2, record_text(rec, "mimeType"));
	text = record_text(rec, "creationTime");
	if (text != NULL && num_parse_time(text, &taken, NULL) == 0)
		index_bind_int(t->describe, 3, taken);
	text = record_text(rec, "original");
	if (text != NULL && strcmp(text, "no") == 0)
		index_bind_text(t->describe, 4, text);
	if (text != NULL && strcmp(text, "yes") == 0 &&
	    supersede_promote(&t->st.supersede, sha256) < 0)
		return -1;
	return index_run(t->ix, t->describe);
}

static bool
was_known(struct record *rec)
{
	const char *status = record_text(rec, "status");

	return status != NULL && strcmp(status, "known") == 0;
}

/* Keeps one record; those that are neither stored nor failed (a listing that
 * lies there too) tell nothing. */
static int
keep(struct replayer *t, struct record *rec)
{
	const char *checksum = record_text(rec, "sha256");
	const char *disc = record_text(rec, "disc");
	uint8_t sha256[DIGEST_SIZE];
	struct item item;
	int there;

	if (record_text(rec, "id") == NULL) {
		t->replayed->bad++;
		return 0;
	}
	if (record_failed(rec))
		return item_note_failure(&t->st, rec);
	if (disc != NULL && discs_remember_label(t->ix, disc) < 0)
		return -1;
	if (was_known(rec))
		return item_read(&item, rec, t->digest) < 0
		    ? 0
		    : item_note(&t->st, &item, rec, NULL);
	if (checksum == NULL || record_text(rec, "status") == NULL ||
	    digest_parse(checksum, sha256) < 0 ||
	    item_read(&item, rec, t->digest) < 0)
		return 0;
	there = index_has(t->ix, t->find, sha256);
	if (there < 0)
		return -1;
	if (there == 0) {
		msg(record_text(rec, "path"),
		    "was stored once (%s) and is "
		    "not there: to be fetched again",
		    record_display_name(rec));
		t->replayed->missing++;
		return item_note(&t->st, &item, rec, NULL);
	}
	t->replayed->items++;
	if (describe(t, rec, sha256) < 0)
		return -1;
	return item_note(&t->st, &item, rec, sha256);
}

static int
replay_file(struct replayer *t, int dir, const char *name)
{
	struct record_reader in;
	struct record rec;
	int fd, result = 0;

	fd = file_open(dir, name, O_NOFOLLOW);
	if (fd < 0) {
		msg(name, "%s", file_reason(errno));
		return -1;
	}
	record_init(&rec);
	record_reader_init(&in, fd);
	while (result == 0 && record_read(&in, &rec))
		result = keep(t, &rec);
	if (in.failed) {
		msg(name, "it can't be read to its end");
		result = -1;
	}
	record_reader_release(&in);
	record_release(&rec);
	close(fd);
	return result;
}

static int
is_visible(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static int
is_known_list(const struct dirent *e)
{
	return strcmp(e->d_name, KNOWN_LIST) == 0;
}

/* counts.ndjson holds the runs' counts, no records */
static int
is_kept_list(const struct dirent *e)
{
	const char *dot = strrchr(e->d_name, '.');

	return is_visible(e) && dot != NULL && strcmp(dot, ".ndjson") == 0 &&
	    strcmp(e->d_name, "counts.ndjson") != 0 && !is_known_list(e);
}

/* Calls REPLAY_ENTRY for each entry of folder NAME below AT, in order of names.
 * A folder that is not there tells nothing. */
static int
replay_each(struct replayer *t, int at, const char *name,
    int (*filter)(const struct dirent *),
    int (*replay_entry)(struct replayer *, int, const char *))
{
	struct dirent **list = NULL;
	int i, n, dir, result = 0;

	dir = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	n = dir < 0 ? -1 : scandirat(dir, ".", &list, filter, alphasort);
	if (n < 0) {
		msg(name, "%s", strerror(errno));
		result = -1;
	}
	for (i = 0; i < n; i++) {
		if (result == 0)
			result = replay_entry(t, dir, list[i]->d_name);
		free(list[i]);
	}
	free(list);
	if (dir >= 0)
		close(dir);
	return result;
}

/* What --new noted of a photo it had noted before --record: of two that are not
 * dated it counts. */
static int
replay_run(struct replayer *t, int at, const char *name)
{
	if (replay_each(t, at, name, is_kept_list, replay_file) < 0)
		return -1;
	return replay_each(t, at, name, is_known_list, replay_file);
}

int
replay(struct index *ix, struct replayed *replayed)
{
	struct replayer t = { .ix = ix, .replayed = replayed };
	int result;

	memset(replayed, 0, sizeof(*replayed));
	item_statements_init(&t.st, ix);
	t.digest = digest_new();
	t.find = index_prepare(ix, "SELECT 1 FROM file WHERE sha256 = ?");
	t.describe = index_prepare(ix,
	    "UPDATE file SET mime = ifnull(mime, ?2), "
	    "taken = ifnull(taken, ?3), original = CASE original "
	    "WHEN 'unknown' THEN ifnull(?4, original) ELSE original END "
	    "WHERE sha256 = ?1");
	result = replay_each(&t, ix->archive.gp, "runs", is_visible,
	    replay_run);
	sqlite3_finalize(t.find);
	sqlite3_finalize(t.describe);
	digest_free(t.digest);
	item_statements_release(&t.st);
	return result;
}
