/*
 * --check: the index against SQLite's rules, its own, and the files on disk.
 * Bytes are not read (gp-hash --check does that). Rows are looked up one by
 * one, so that others may write meanwhile.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gp-index/checksums/walk.h"
#include "gp-index/db/integrity.h"
#include "gp-index/db/lock.h"
#include "gp-index/items/amount.h"
#include "gp-index/items/item.h"
#include "gp-index/modes/check-lists.h"
#include "gp-index/modes/modes.h"
#include "gp-index/open/open.h"
#include "lib/archive/index-file.h"
#include "lib/files/file.h"
#include "lib/mem.h"
#include "lib/name.h"
#include "lib/program/msg.h"
#include "lib/program/progress.h"
#include "lib/record/item-key.h"

struct check {
	struct index ix;
	struct check_lists lists;
	struct digest *digest;
	struct progress progress;
	int64_t found; /* what is wrong, each said; of lists, in LISTS */
	int64_t files, bytes;
};

/* What SQL alone can tell: each row's text is something wrong. */
static const struct {
	const char *sql, *wrong;
} rules[] = {
	{ "SELECT f.path FROM file f JOIN arriving a USING (sha256)",
	    "is stored and arriving at once" },
	{ "SELECT f.path FROM file f JOIN arriving a USING (folded)",
	    "has its name twice: a file that is arriving has it too" },
	{ "SELECT path FROM file WHERE superseded_by = sha256",
	    "is superseded by itself" },
	{ "SELECT c.path FROM file c JOIN file o ON o.sha256 = c.superseded_by "
	  "WHERE o.superseded_by IS NOT NULL",
	    "is superseded by a file that is superseded too" },
	{ "SELECT c.path FROM file c JOIN file o ON o.sha256 = c.superseded_by "
	  "WHERE o.original <> 'yes'",
	    "is superseded by a file that is no original" },
	{ "SELECT path FROM file f WHERE superseded_by IS NOT NULL AND "
	  "(original = 'yes' OR NOT EXISTS (SELECT 1 FROM item i "
	  "WHERE i.file = f.sha256) OR EXISTS (SELECT 1 FROM item i "
	  "WHERE i.file = f.sha256 AND CASE original "
	  "WHEN 'no' THEN i.source NOT IN ('library', 'picker') "
	  "ELSE i.source <> 'takeout' END))",
	    "is superseded, though it did not come from Google's APIs alone, "
	    "or from damaged parts of exports alone" },
	{ "SELECT ifnull(filename, id) FROM item "
	  "WHERE metadata IS NOT NULL AND NOT json_valid(metadata)",
	    "has metadata that is no JSON" },
	{ "SELECT title FROM album WHERE id = ''", "is an album without id" },
	{ "SELECT f.path FROM disc_file d JOIN disc ON label = d.disc "
	  "JOIN file f ON f.sha256 = d.file WHERE state <> 'failed' "
	  "GROUP BY d.file HAVING count(*) > 1",
	    "is on more than one disc" },
	{ "SELECT label FROM disc WHERE image_sha256 IS NOT NULL "
	  "AND length(image_sha256) <> 32",
	    "is a disc whose image has no usable sum" },
};

static int
check_rules(struct check *c)
{
	sqlite3_stmt *s;
	size_t i;
	int step = 0;

	for (i = 0; i < COUNT(rules) && step == 0; i++) {
		s = index_prepare(&c->ix, rules[i].sql);
		for (step = index_step(&c->ix, s); step > 0;
		     step = index_step(&c->ix, s)) {
			msg(index_text(s, 0), "%s", rules[i].wrong);
			c->found++;
		}
		sqlite3_finalize(s);
	}
	return step;
}

/* With the lock held nobody is moving files in: what is still arriving, a
 * crash left. Nor does anybody where nobody can write. */
static int
check_arriving(struct check *c)
{
	bool alone = index_file_is_read_only(c->ix.archive.path);
	sqlite3_stmt *s;
	int step, lock = -1;

	if (!alone)
		lock = lock_take(&c->ix.archive);
	if (!alone && lock < 0)
		return -1;
	s = index_prepare(&c->ix, "SELECT path FROM arriving ORDER BY path");
	for (step = index_step(&c->ix, s); step > 0;
	     step = index_step(&c->ix, s)) {
		msg(index_text(s, 0),
		    "was arriving when a run was interrupted:"
		    " the next gp-index --record settles it");
		c->found++;
	}
	sqlite3_finalize(s);
	if (lock >= 0)
		close(lock);
	return step;
}

/* An item's key follows from its id and name. */
static int
check_keys(struct check *c)
{
	uint8_t want[DIGEST_SIZE], key[DIGEST_SIZE];
	sqlite3_stmt *s;
	int64_t last = INT64_MIN;
	int step;

	s = index_prepare(&c->ix,
	    "SELECT item, id, filename, key FROM item "
	    "WHERE item > ? ORDER BY item LIMIT 1");
	for (;;) {
		index_bind_int(s, 1, last);
		step = index_step(&c->ix, s);
		if (step <= 0)
			break;
		last = sqlite3_column_int64(s, 0);
		item_key(c->digest, index_text(s, 1), index_text(s, 2), want);
		if (!index_digest(s, 3, key) ||
		    memcmp(key, want, sizeof(key)) != 0) {
			msg(index_text(s, 1),
			    "its key does not follow from "
			    "its id and name");
			c->found++;
		}
		sqlite3_reset(s);
	}
	sqlite3_finalize(s);
	return step;
}

static void
check_on_disk(struct check *c, const char *path, int64_t size)
{
	struct stat st;
	int fd;

	fd = file_open_below(c->ix.archive.fd, path, O_PATH, 0);
	if (fd < 0 || fstat(fd, &st) < 0) {
		msg(path, "%s", errno == ENOENT ? "missing" : strerror(errno));
		c->found++;
	} else if (!S_ISREG(st.st_mode)) {
		msg(path, "is %s, no file", walk_type(&st));
		c->found++;
	} else if (st.st_size != size) {
		msg(path, "has %lld bytes, not %lld", (long long)st.st_size,
		    (long long)size);
		c->found++;
	}
	if (fd >= 0)
		close(fd);
}

static void
check_row(struct check *c, sqlite3_stmt *s)
{
	const char *path = index_text(s, 0);
	int64_t size = sqlite3_column_int64(s, 2);
	char *folded;

	c->files++;
	c->bytes += size;
	folded = name_fold(path);
	if (strcmp(folded, index_text(s, 1)) != 0) {
		msg(path, "its folded name in the index is wrong");
		c->found++;
	}
	free(folded);
	if (!file_path_is_safe(path) || *path == '.' ||
	    strchr(path, '/') == NULL) {
		msg(path, "is no path of a file in the archive");
		c->found++;
		return;
	}
	check_on_disk(c, path, size);
}

/* Says from now on how many WHAT were looked at, where somebody looks on. */
static void
watch(struct check *c, const char *what)
{
	progress_start(&c->progress, what,
	    isatty(STDERR_FILENO) || msg_level > 0);
}

/* Each file that the index has: is it there? */
static int
check_files(struct check *c)
{
	char *last = mem_strdup("");
	sqlite3_stmt *s;
	int step;

	watch(c, "files of the index");
	s = index_prepare(&c->ix,
	    "SELECT path, folded, size FROM file "
	    "WHERE folded > ? ORDER BY folded LIMIT 1");
	for (;;) {
		index_bind_text(s, 1, last);
		step = index_step(&c->ix, s);
		if (step <= 0)
			break;
		check_row(c, s);
		progress_add(&c->progress, 1, 0);
		free(last);
		last = mem_strdup(index_text(s, 1));
		sqlite3_reset(s);
	}
	progress_end(&c->progress);
	sqlite3_finalize(s);
	free(last);
	return step;
}

/* Whether the index knows the file at PATH; 0, or -1 when the index failed. */
static int
check_known(struct check *c, const char *path)
{
	int known = check_lists_know(&c->lists, path);

	if (known == 0) {
		msg(path, "unknown to the index");
		c->found++;
	}
	return known < 0 ? -1 : 0;
}

/* Each thing in the folders: does the index know it? */
static int
check_disk(struct check *c)
{
	enum walked what;
	struct archive_walk w;
	int result;

	watch(c, "files on the disk");
	result = walk_init(&w, &c->ix.archive);
	while (result == 0) {
		what = walk_next(&w);
		if (what == WALK_END)
			break;
		progress_add(&c->progress, 1, 0);
		if (what == WALK_FAILED) {
			c->found++;
			result = check_lists_unread(&c->lists, w.path.data);
		} else if (what == WALK_FOLDER) {
			result = check_lists_folder(&c->lists, w.path.data);
		} else if (what == WALK_STRANGE) {
			msg(w.path.data, "unknown: %s", walk_type(&w.st));
			c->found++;
			result = check_lists_unread(&c->lists, w.path.data);
		} else {
			result = check_known(c, w.path.data);
		}
	}
	walk_release(&w);
	progress_end(&c->progress);
	return result;
}

static enum status
run(struct check *c)
{
	char words[AMOUNT_SIZE];
	int64_t broken;

	broken = integrity_check(&c->ix);
	if (broken < 0)
		return STATUS_STOPPED;
	c->found += broken;
	if (check_rules(c) < 0 || check_arriving(c) < 0 || check_keys(c) < 0 ||
	    check_files(c) < 0 || check_disk(c) < 0 ||
	    check_lists_owed(&c->lists) < 0)
		return STATUS_STOPPED;
	c->found += c->lists.found;
	amount_words(words, c->files, c->bytes);
	if (c->found == 0)
		msg(NULL, "%s: the index and the disk agree", words);
	else
		msg(NULL, "%s: %lld %s wrong", words, (long long)c->found,
		    c->found == 1 ? "thing is" : "things are");
	return c->found == 0 ? STATUS_DONE : STATUS_SOME;
}

enum status
mode_check(const struct index_options *opt)
{
	struct check c = { .found = 0 };
	enum status status;

	if (index_open(&c.ix, opt->cli.archive, INDEX_READ) < 0)
		return STATUS_STOPPED;
	c.digest = digest_new();
	status = check_lists_begin(&c.lists, &c.ix) < 0 ? STATUS_STOPPED
							: run(&c);
	check_lists_end(&c.lists);
	digest_free(c.digest);
	index_close(&c.ix);
	return status;
}
