#include "gp-index/ingest/announce.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gp-index/checksums/checksums-name.h"
#include "gp-index/checksums/checksums-read.h"
#include "gp-index/checksums/owed.h"
#include "gp-index/ingest/layout.h"
#include "lib/archive/litter.h"
#include "lib/files/path.h"
#include "lib/mem.h"
#include "lib/name.h"
#include "lib/num.h"
#include "lib/program/msg.h"

/* Whether a file of the archive has that name already; -1 on failure. */
static int
name_taken(struct ingest *s, const char *folded)
{
	int found;

	index_bind_text(s->find_name, 1, folded);
	found = index_step(&s->ix, s->find_name);
	if (found > 0)
		sqlite3_reset(s->find_name);
	/* a list's word of a file is not to be written over with another's */
	return found == 0 && s->owes ? owed_name(&s->ix, folded) : found;
}

/* Where A goes by what is asked for; the caller frees. */
static char *
folder_for(const struct ingest *s, struct arrival *a)
{
	return s->folder != NULL ? mem_strdup(s->folder)
				 : layout_folder(&a->rec, s->quarter);
}

int
announce_place(struct ingest *s, struct arrival *a, unsigned *try,
    char **folded)
{
	char *folder;
	int taken = 1;

	folder = folder_for(s, a);
	for (; *try < LAYOUT_TRIES; (*try)++) {
		free(a->path);
		a->path = layout_path(folder,
		    a->item.filename != NULL ? a->item.filename : "", *try,
		    a->staged.sha256);
		*folded = name_fold(a->path);
		taken = checksums_reserved(*folded) ||
			litter_is(path_base(a->path))
		    ? 1
		    : name_taken(s, *folded);
		if (taken == 0)
			break;
		free(*folded);
		if (taken < 0)
			break;
	}
	if (taken > 0)
		arrival_fail(a, "no-name", "no free name is left in %s",
		    folder);
	free(folder);
	return taken < 0 ? -1 : taken == 0;
}

/* The list of FOLDER can't be read (errno): it may name what A would be taken
 * for, so A is not stored there. A bad sector there is no reason for others to
 * fail, who are to be written elsewhere. */
static void
list_unreadable(struct arrival *a, const char *folder)
{
	arrival_fail(a, "io",
	    "%s of %s can't be read: %s; nothing is stored there until it can",
	    CHECKSUMS_NAME, folder, checksum_list_reason(errno));
}

/* Reads what the list of A's folder owes: 1, 0 with A failed, or -1. */
static int
read_owed(struct ingest *s, struct arrival *a)
{
	char *folder = folder_for(s, a);
	int owes = owed_load_folder(&s->ix, folder), result = 1;

	if (owes == OWED_UNREADABLE)
		list_unreadable(a, folder);
	if (owes < 0)
		result = owes == OWED_UNREADABLE ? 0 : -1;
	s->owes = s->owes || owes > 0;
	free(folder);
	return result;
}

/* The place that a list of checksums has for A's bytes, else a free one; as
 * announce_place(). */
static int
choose_place(struct ingest *s, struct arrival *a, char **folded)
{
	unsigned try = 0;
	char *path = NULL;
	int result = read_owed(s, a);

	if (result <= 0)
		return result;
	if (s->owes && owed_find(&s->ix, a->staged.sha256, &path) < 0)
		return -1;
	a->bytes = path != NULL ? ARRIVAL_OWED : ARRIVAL_NEW;
	if (path == NULL)
		return announce_place(s, a, &try, folded);
	free(a->path);
	a->path = path;
	*folded = name_fold(path);
	return 1;
}

static const char *
original_of(struct record *rec)
{
	const char *original = record_text(rec, "original");

	if (original != NULL &&
	    (strcmp(original, "yes") == 0 || strcmp(original, "no") == 0))
		return original;
	return "unknown";
}

/* The row that says "arriving"; 0 (also with A failed), or -1. */
static int
insert_arriving(struct ingest *s, struct arrival *a)
{
	sqlite3_stmt *in = s->announce;
	const char *taken_text;
	char *folded;
	int64_t taken;
	int result;

	result = choose_place(s, a, &folded);
	if (result <= 0)
		return result;
	sqlite3_clear_bindings(in);
	index_bind_digest(in, 1, a->staged.sha256);
	index_bind_int(in, 2, a->staged.size);
	index_bind_text(in, 3, a->path);
	index_bind_text(in, 4, folded);
	index_bind_text(in, 5, record_text(&a->rec, "mimeType"));
	taken_text = record_text(&a->rec, "creationTime");
	if (taken_text != NULL && num_parse_time(taken_text, &taken, NULL) == 0)
		index_bind_int(in, 6, taken);
	index_bind_text(in, 7, original_of(&a->rec));
	index_bind_text(in, 8, a->rec.line.data);
	result = index_run(&s->ix, in);
	free(folded);
	a->state = ARRIVAL_ANNOUNCED;
	return result;
}

/* What lay in staging was there, as gp-fetch said. */
void
announce_fail_gone(struct arrival *a, const char *state)
{
	bool staged = *a->staged.name != '\0';
	const char *what = staged ? "the staged file" : "its file";
	const char *code = staged ? "gone" : "not-found";

	if (state == NULL)
		arrival_fail(a, code, "%s is gone", what);
	else
		arrival_fail(a, strcmp(state, "unreadable") == 0 ? state : code,
		    "%s is gone, and the archive's copy is %s", what, state);
}

/* Whether the archive has the bytes of A, or an earlier one of the batch brings
 * them: then it is announced. 1, 0, or -1 when the index failed. */
static int
find_bytes(struct ingest *s, struct arrival *a)
{
	int found;

	index_bind_digest(s->find, 1, a->staged.sha256);
	found = index_step(&s->ix, s->find);
	if (found <= 0)
		return found;
	a->path = mem_strdup(index_text(s->find, 0));
	a->bytes = sqlite3_column_int(s->find, 1) != 0 ? ARRIVAL_KNOWN
						       : ARRIVAL_TWIN;
	a->state = ARRIVAL_ANNOUNCED;
	sqlite3_reset(s->find);
	return 1;
}

/* What is to be done with A; -1 when the index failed. */
static int
announce_one(struct ingest *s, struct arrival *a)
{
	int found = 1;

	/* gone before it was hashed: another run stored it, of the album or of
	 * another account? Those of one key share a staged file */
	if (a->staged.place == INCOMING_UNHASHED)
		found = item_file(&s->st, &a->item, a->staged.sha256);
	if (found == 0)
		found = item_file_of_any(&s->st, &a->item, a->staged.sha256);
	if (found > 0)
		found = find_bytes(s, a);
	if (found != 0)
		return found < 0 ? -1 : 0;
	if (!incoming_is_gone(&a->staged))
		return insert_arriving(s, a);
	announce_fail_gone(a, NULL);
	return 0;
}

int
announce(struct ingest *s, struct arrival *a, size_t n)
{
	size_t i;

	if (index_begin_write(&s->ix) < 0)
		return -1;
	for (i = 0; i < n; i++) {
		if (a[i].state == ARRIVAL_PROVED &&
		    announce_one(s, &a[i]) < 0) {
			index_rollback(&s->ix);
			return -1;
		}
	}
	return index_commit(&s->ix);
}
