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

#include "gp-index/checksums/checksums-name.h"
#include "gp-index/checksums/checksums-read.h"
#include "gp-index/checksums/owed.h"
#include "gp-index/checksums/unlisted.h"
#include "gp-index/checksums/walk.h"
#include "gp-index/db/integrity.h"
#include "gp-index/db/lock.h"
#include "gp-index/items/amount.h"
#include "gp-index/items/item.h"
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
	sqlite3_stmt *by_name, *in_folder, *changed;
	struct digest *digest;
	struct progress progress;
	int64_t found; /* what is wrong, each said */
	int64_t
	    contradicted; /* names of the list at hand whose sum is another */
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

/* The checksum of the file at PATH as the index has it: 1, 0 when it does not
 * know it, -1. */
static int
known_file(struct check *c, const char *path, uint8_t sha256[DIGEST_SIZE])
{
	char *folded = name_fold(path);
	int step;

	index_bind_text(c->by_name, 1, folded);
	index_bind_text(c->by_name, 2, path);
	step = index_step(&c->ix, c->by_name);
	if (step > 0) {
		if (!index_digest(c->by_name, 0, sha256))
			step = 0;
		sqlite3_reset(c->by_name);
	}
	free(folded);
	return step;
}

static int64_t
count_folder(struct check *c, const char *folder)
{
	char *folded = name_fold(folder);
	int64_t n = -1;

	index_bind_text(c->in_folder, 1, folded);
	index_bind_text(c->in_folder, 2, folder);
	if (index_step(&c->ix, c->in_folder) > 0) {
		n = sqlite3_column_int64(c->in_folder, 0);
		sqlite3_reset(c->in_folder);
	}
	free(folded);
	return n;
}

/* What lists said once, say no more, and nothing settled, neither before this
 * nor meanwhile. */
static int
check_owed(struct check *c)
{
	sqlite3_stmt *s;
	int step;

	s = index_prepare(&c->ix,
	    "SELECT DISTINCT path FROM open_event WHERE NOT listed "
	    "AND (file, path) IN (SELECT e.file, e.detail FROM " OWED_EVENTS
	    ") ORDER BY path");
	for (step = index_step(&c->ix, s); step > 0;
	     step = index_step(&c->ix, s)) {
		msg(index_text(s, 0),
		    "SHA256SUMS had a sum of it whose bytes are not stored, "
		    "and nothing settled that: store them again, or: gp-index "
		    "--accept '%s' REASON",
		    index_text(s, 0));
		c->found++;
	}
	sqlite3_finalize(s);
	return step;
}

/* FOLDER's list is not read: what it names nobody knows. 0 or -1. */
static int
pass_over(struct check *c, const char *folder)
{
	return index_run_text(&c->ix,
	    "UPDATE open_event SET listed = 1 "
	    "WHERE path > ?1 || '/' AND path < ?1 || '0'",
	    folder);
}

/* A list names PATH, with these bytes, and the index does not. */
static void
say_unknown(struct check *c, const char *path,
    const uint8_t sha256[static DIGEST_SIZE])
{
	char *stored = owed_stored_as(&c->ix, sha256);

	if (stored != NULL)
		msg(path,
		    "stands in SHA256SUMS, and its bytes are stored as %s: "
		    "where that is sound (gp-scrub nas), remove this second "
		    "copy, then gp-index --accept '%s' REASON ends its line",
		    stored, path);
	else
		msg(path,
		    "stands in SHA256SUMS, not in the index: fetch it again, "
		    "or settle it with gp-index --accept '%s' REASON",
		    path);
	free(stored);
}

/* One line of FOLDER's list, the FIRST of its name, against the index: 1 where
 * it has that, 0, or -1 when the index failed. */
static int
check_line(struct check *c, const char *folder, const struct checksum_list *l,
    bool first)
{
	uint8_t sha256[DIGEST_SIZE];
	char *path = mem_printf("%s/%s", folder, l->name);
	int known;

	known = known_file(c, path, sha256);
	if (known == 0) {
		say_unknown(c, path, l->sha256);
		c->found++;
	} else if (known > 0 && memcmp(sha256, l->sha256, DIGEST_SIZE) != 0) {
		msg(path,
		    "SHA256SUMS and the index have different sums: look at the "
		    "file; where it is good: gp-index --accept '%s' REASON",
		    path);
		c->found++;
		c->contradicted += first;
		known = 0;
	}
	if (owed_set_listed(&c->ix, path, l->sha256) < 0)
		known = -1;
	free(path);
	return known;
}

/* What of FOLDER's list GOT is no sum, or can't be read. */
static void
say_no_line(struct check *c, const char *folder, const struct checksum_list *l,
    int got)
{
	if (got == -2)
		msg(folder, "reading SHA256SUMS failed: %s", strerror(errno));
	else
		msg(folder, "SHA256SUMS: line %ld is no sum", l->line_no);
	c->found++;
}

/* All lines; checksums_write() sorts them. How many are as the index has them,
 * or -1 when it failed. */
static int64_t
check_lines(struct check *c, const char *folder, struct checksum_list *l)
{
	char *last = mem_strdup("");
	int64_t lines = 0;
	bool spoiled = false;
	int got, known;

	for (got = checksum_list_next(l); got != 0;
	     got = checksum_list_next(l)) {
		if (got < 0) {
			say_no_line(c, folder, l, got);
			spoiled = true;
			if (got == -2)
				break;
			continue;
		}
		if (strcmp(l->name, last) < 0) {
			msg(folder,
			    "SHA256SUMS: line %ld is not where gp has it: the "
			    "list was changed",
			    l->line_no);
			c->found++;
		}
		known = check_line(c, folder, l, strcmp(l->name, last) != 0);
		free(last);
		last = mem_strdup(l->name);
		if (known < 0) {
			lines = -1;
			break;
		}
		lines += known;
	}
	free(last);
	return spoiled && pass_over(c, folder) < 0 ? -1 : lines;
}

/* 1 when FOLDER's list is known to be older than its content. */
static int
is_changed(struct check *c, const char *folder)
{
	int step;

	index_bind_text(c->changed, 1, folder);
	step = index_step(&c->ix, c->changed);
	if (step > 0)
		sqlite3_reset(c->changed);
	return step;
}

/* What lies in FOLDER where its list has its place, and is none; NULL where
 * there is a file or nothing. */
static const char *
strange_list(const struct check *c, const char *folder)
{
	char *path = mem_printf("%s/%s", folder, CHECKSUMS_NAME);
	struct stat st;
	bool strange;

	strange = fstatat(c->ix.archive.fd, path, &st, AT_SYMLINK_NOFOLLOW) ==
		0 &&
	    !S_ISREG(st.st_mode);
	free(path);
	return strange ? walk_type(&st) : NULL;
}

/* No run writes a list over what is none: a person must take that away. */
static bool
say_strange_list(struct check *c, const char *folder)
{
	const char *kind = strange_list(c, folder);

	if (kind == NULL)
		return false;
	msg(folder,
	    "SHA256SUMS is %s, not the list of checksums: move it away, and "
	    "run: gp-index --record </dev/null",
	    kind);
	c->found++;
	return true;
}

/* FOLDER's list can't be opened, as errno says. 0 or -1. */
static int
say_unreadable(struct check *c, const char *folder)
{
	msg(folder, "SHA256SUMS: %s", strerror(errno));
	c->found++;
	return pass_over(c, folder);
}

static int
check_checksums(struct check *c, const char *folder)
{
	int64_t lines = 0, rows = count_folder(c, folder);
	struct checksum_list l;
	int changed;

	c->contradicted = 0;
	changed = is_changed(c, folder);
	if (rows < 0 || changed < 0)
		return -1;
	if ((rows > 0 || changed > 0) && say_strange_list(c, folder))
		return pass_over(c, folder);
	if (changed > 0) {
		changed = unlisted_holds(&c->ix, folder);
		if (changed == 0)
			msg(folder,
			    "SHA256SUMS is older than the folder: a run is at "
			    "work, or the next gp-index --record writes it");
		c->found++;
		return changed < 0 ? -1 : pass_over(c, folder);
	}
	if (checksum_list_open_folder(&l, &c->ix.archive, folder) == 0)
		lines = check_lines(c, folder, &l);
	else if (errno != ENOENT)
		lines = say_unreadable(c, folder);
	checksum_list_close(&l);
	if (lines < 0)
		return -1;
	if (lines > rows || lines + c->contradicted < rows) {
		msg(folder,
		    "SHA256SUMS has %lld files of the index's %lld; "
		    "to write it from the index, move it away and run: "
		    "gp-index --record </dev/null",
		    (long long)lines, (long long)rows);
		c->found++;
	}
	return 0;
}

/* Whether the index knows the file at PATH; 0, or -1 when the index failed. */
static int
check_known(struct check *c, const char *path)
{
	uint8_t sha256[DIGEST_SIZE];
	int known = known_file(c, path, sha256);

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
			result = pass_over(c, w.path.data);
		} else if (what == WALK_FOLDER) {
			result = check_checksums(c, w.path.data);
		} else if (what == WALK_STRANGE) {
			msg(w.path.data, "unknown: %s", walk_type(&w.st));
			c->found++;
			result = pass_over(c, w.path.data);
		} else {
			result = check_known(c, w.path.data);
		}
	}
	walk_release(&w);
	progress_end(&c->progress);
	return result;
}

static void
prepare(struct check *c)
{
	c->by_name = index_prepare(&c->ix,
	    "SELECT sha256 FROM file WHERE folded = ?1 AND path = ?2 UNION ALL "
	    "SELECT sha256 FROM arriving WHERE folded = ?1 AND path = ?2");
	c->in_folder = index_prepare(&c->ix,
	    "SELECT count(*) FROM file WHERE folded >= ?1 || '/' AND "
	    "folded < ?1 || '0' AND substr(path, 1, length(?2) + 1) = "
	    "?2 || '/'");
	c->changed = index_prepare(&c->ix,
	    "SELECT 1 FROM folder_changed WHERE folder = ?");
	c->digest = digest_new();
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
	    check_files(c) < 0 || check_disk(c) < 0 || check_owed(c) < 0)
		return STATUS_STOPPED;
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
	if (owed_gather(&c.ix) < 0) {
		index_close(&c.ix);
		return STATUS_STOPPED;
	}
	prepare(&c);
	status = run(&c);
	sqlite3_finalize(c.by_name);
	sqlite3_finalize(c.in_folder);
	sqlite3_finalize(c.changed);
	digest_free(c.digest);
	index_close(&c.ix);
	return status;
}
