#include "gp-index/modes/check-lists.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "gp-index/checksums/checksums-name.h"
#include "gp-index/checksums/checksums-read.h"
#include "gp-index/checksums/owed.h"
#include "gp-index/checksums/unlisted.h"
#include "gp-index/checksums/walk.h"
#include "lib/mem.h"
#include "lib/name.h"
#include "lib/program/msg.h"

int
check_lists_begin(struct check_lists *c, struct index *ix)
{
	*c = (struct check_lists){ .ix = ix };
	c->by_name = index_prepare(ix,
	    "SELECT sha256 FROM file WHERE folded = ?1 AND path = ?2 UNION ALL "
	    "SELECT sha256 FROM arriving WHERE folded = ?1 AND path = ?2");
	c->in_folder = index_prepare(ix,
	    "SELECT count(*) FROM file WHERE folded >= ?1 || '/' AND "
	    "folded < ?1 || '0' AND substr(path, 1, length(?2) + 1) = "
	    "?2 || '/'");
	c->changed = index_prepare(ix,
	    "SELECT 1 FROM folder_changed WHERE folder = ?");
	return owed_gather(ix);
}

void
check_lists_end(struct check_lists *c)
{
	sqlite3_finalize(c->by_name);
	sqlite3_finalize(c->in_folder);
	sqlite3_finalize(c->changed);
}

/* The checksum of the file at PATH as the index has it: 1, 0 when it does not
 * know it, -1. */
static int
known_file(struct check_lists *c, const char *path, uint8_t sha256[DIGEST_SIZE])
{
	char *folded = name_fold(path);
	int step;

	index_bind_text(c->by_name, 1, folded);
	index_bind_text(c->by_name, 2, path);
	step = index_step(c->ix, c->by_name);
	if (step > 0) {
		if (!index_digest(c->by_name, 0, sha256))
			step = 0;
		sqlite3_reset(c->by_name);
	}
	free(folded);
	return step;
}

int
check_lists_know(struct check_lists *c, const char *path)
{
	uint8_t sha256[DIGEST_SIZE];

	return known_file(c, path, sha256);
}

static int64_t
count_folder(struct check_lists *c, const char *folder)
{
	char *folded = name_fold(folder);
	int64_t n = -1;

	index_bind_text(c->in_folder, 1, folded);
	index_bind_text(c->in_folder, 2, folder);
	if (index_step(c->ix, c->in_folder) > 0) {
		n = sqlite3_column_int64(c->in_folder, 0);
		sqlite3_reset(c->in_folder);
	}
	free(folded);
	return n;
}

int
check_lists_owed(struct check_lists *c)
{
	sqlite3_stmt *s;
	int step;

	s = index_prepare(c->ix,
	    "SELECT DISTINCT path FROM open_event WHERE NOT listed "
	    "AND (file, path) IN (SELECT e.file, e.detail FROM " OWED_EVENTS
	    ") ORDER BY path");
	for (step = index_step(c->ix, s); step > 0;
	     step = index_step(c->ix, s)) {
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

int
check_lists_unread(struct check_lists *c, const char *folder)
{
	return index_run_text(c->ix,
	    "UPDATE open_event SET listed = 1 "
	    "WHERE path > ?1 || '/' AND path < ?1 || '0'",
	    folder);
}

/* A list names PATH, with these bytes, and the index does not. */
static void
say_unknown(struct check_lists *c, const char *path,
    const uint8_t sha256[static DIGEST_SIZE])
{
	char *stored = owed_stored_as(c->ix, sha256);

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
check_line(struct check_lists *c, const char *folder,
    const struct checksum_list *l, bool first)
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
	if (owed_set_listed(c->ix, path, l->sha256) < 0)
		known = -1;
	free(path);
	return known;
}

/* What of FOLDER's list GOT is no sum, or can't be read. */
static void
say_no_line(struct check_lists *c, const char *folder,
    const struct checksum_list *l, int got)
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
check_lines(struct check_lists *c, const char *folder, struct checksum_list *l)
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
	return spoiled && check_lists_unread(c, folder) < 0 ? -1 : lines;
}

/* 1 when FOLDER's list is known to be older than its content. */
static int
is_changed(struct check_lists *c, const char *folder)
{
	int step;

	index_bind_text(c->changed, 1, folder);
	step = index_step(c->ix, c->changed);
	if (step > 0)
		sqlite3_reset(c->changed);
	return step;
}

/* What lies in FOLDER where its list has its place, and is none; NULL where
 * there is a file or nothing. */
static const char *
strange_list(const struct check_lists *c, const char *folder)
{
	char *path = mem_printf("%s/%s", folder, CHECKSUMS_NAME);
	struct stat st;
	bool strange;

	strange = fstatat(c->ix->archive.fd, path, &st, AT_SYMLINK_NOFOLLOW) ==
		0 &&
	    !S_ISREG(st.st_mode);
	free(path);
	return strange ? walk_type(&st) : NULL;
}

/* No run writes a list over what is none: a person must take that away. */
static bool
say_strange_list(struct check_lists *c, const char *folder)
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
say_unreadable(struct check_lists *c, const char *folder)
{
	msg(folder, "SHA256SUMS: %s", strerror(errno));
	c->found++;
	return check_lists_unread(c, folder);
}

int
check_lists_folder(struct check_lists *c, const char *folder)
{
	int64_t lines = 0, rows = count_folder(c, folder);
	struct checksum_list l;
	int changed;

	c->contradicted = 0;
	changed = is_changed(c, folder);
	if (rows < 0 || changed < 0)
		return -1;
	if ((rows > 0 || changed > 0) && say_strange_list(c, folder))
		return check_lists_unread(c, folder);
	if (changed > 0) {
		changed = unlisted_holds(c->ix, folder);
		if (changed == 0)
			msg(folder,
			    "SHA256SUMS is older than the folder: a run is at "
			    "work, or the next gp-index --record writes it");
		c->found++;
		return changed < 0 ? -1 : check_lists_unread(c, folder);
	}
	if (checksum_list_open_folder(&l, &c->ix->archive, folder) == 0)
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
