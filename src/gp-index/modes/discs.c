#include "gp-index/modes/discs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gp-index/checksums/checksums-read.h"
#include "lib/archive/litter.h"
#include "lib/files/file.h"
#include "lib/mem.h"
#include "lib/num.h"
#include "lib/program/msg.h"

#define MANIFEST "manifest-sha256.txt" /* RFC 8493, 2.1.3 */

/* Takes back, in place, what RFC 8493 (2.1.3) has written as %0A, %0D and
 * %25. */
static void
unescape_percent(char *path)
{
	char *to = path;
	int high, low;

	for (; *path != '\0'; path++, to++) {
		*to = *path;
		if (*path != '%')
			continue;
		high = num_hex_digit(path[1]);
		low = high < 0 ? -1 : num_hex_digit(path[2]);
		if (low >= 0 && high + low > 0) {
			*to = (char)(high * 16 + low);
			path += 2;
		}
	}
	*to = '\0';
}

static int
add_disc(struct index *ix, const char *label, const char *state)
{
	sqlite3_stmt *s;
	int result;

	s = index_prepare(ix,
	    "INSERT OR IGNORE INTO disc (label, state, changed) "
	    "VALUES (?, ?, ?)");
	index_bind_text(s, 1, label);
	index_bind_text(s, 2, state);
	index_bind_int(s, 3, time(NULL));
	result = index_run(ix, s);
	sqlite3_finalize(s);
	return result;
}

int
discs_remember_label(struct index *ix, const char *label)
{
	return add_disc(ix, label, "failed");
}

/* One line of LABEL's manifest. What the archive does not have (the album page
 * of the disc) is none of its files. */
static int
add_line(struct index *ix, sqlite3_stmt *add, const char *label,
    const struct checksum_list *l)
{
	char *path = mem_strdup(l->name);
	int result;

	unescape_percent(path);
	index_bind_text(add, 1, label);
	index_bind_digest(add, 2, l->sha256);
	index_bind_text(add, 3, path);
	result = index_run(ix, add);
	free(path);
	return result;
}

/* All lines of the manifest; 0, or -1 when the index failed. */
static int
add_lines(struct index *ix, const char *label, struct checksum_list *l,
    int64_t *wrong)
{
	sqlite3_stmt *add;
	int got = 0, result = 0;

	add = index_prepare(ix,
	    "INSERT OR IGNORE INTO disc_file (disc, file, path) "
	    "SELECT ?1, sha256, ?3 FROM file WHERE sha256 = ?2 "
	    "AND NOT EXISTS (SELECT 1 FROM disc_file WHERE file = ?2)");
	while (result == 0) {
		got = checksum_list_next(l);
		if (got == 0 || got == -2)
			break;
		if (got > 0) {
			result = add_line(ix, add, label, l);
			continue;
		}
		msg(label, "its manifest has a line that is no sum");
		(*wrong)++;
	}
	if (got == -2) {
		msg(label, "reading its manifest: %s", strerror(errno));
		(*wrong)++;
	}
	sqlite3_finalize(add);
	return result;
}

static int
add_archived(struct index *ix, const char *label, int64_t *wrong)
{
	struct checksum_list l;
	char *path;
	bool failed;

	path = mem_printf("archived/%s/" MANIFEST, label);
	if (checksum_list_open(&l, &ix->archive, path) < 0) {
		msg(path, "%s: what is on the disc will be packed anew",
		    strerror(errno));
		(*wrong)++;
		failed = discs_remember_label(ix, label) < 0;
	} else {
		failed = add_disc(ix, label, "archived") < 0 ||
		    add_lines(ix, label, &l, wrong) < 0;
	}
	checksum_list_close(&l);
	free(path);
	return failed ? -1 : 0;
}

/* NAME is LABEL or LABEL.iso. */
static int
add_waiting(struct index *ix, const char *name, int64_t *wrong)
{
	size_t n = strlen(name);
	char *label;
	int result;

	(void)wrong;
	if (n > 4 && strcmp(name + n - 4, ".iso") == 0)
		n -= 4;
	label = mem_strndup(name, n);
	msg_at(1, label, "was being made: what is on it will be packed anew");
	result = discs_remember_label(ix, label);
	free(label);
	return result;
}

static int
is_no_litter(const struct dirent *e)
{
	return *e->d_name != '.' && !litter_is(e->d_name);
}

/* Calls ADD for each entry of the archive's FOLDER, in order of names. */
static int
each_entry(struct index *ix, const char *folder, int64_t *wrong,
    int (*add)(struct index *, const char *, int64_t *))
{
	struct dirent **list = NULL;
	int i, n, result = 0;

	n = scandirat(ix->archive.fd, folder, &list, is_no_litter, alphasort);
	if (n < 0 && errno != ENOENT) {
		msg(folder, "%s", strerror(errno));
		(*wrong)++;
	}
	for (i = 0; i < n; i++) {
		if (result == 0)
			result = add(ix, list[i]->d_name, wrong);
		free(list[i]);
	}
	free(list);
	return result;
}

int
discs_rebuild(struct index *ix, int64_t *wrong)
{
	if (each_entry(ix, REPO_ARCHIVED, wrong, add_archived) < 0)
		return -1;
	return each_entry(ix, REPO_BURN, wrong, add_waiting);
}
