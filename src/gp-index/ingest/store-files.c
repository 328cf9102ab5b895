#include "gp-index/ingest/store-files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gp-index/checksums/unlisted.h"
#include "gp-index/ingest/announce.h"
#include "gp-index/ingest/heal.h"
#include "gp-index/ingest/quarantine.h"
#include "gp-index/ingest/recover.h"
#include "gp-index/ingest/stored-bytes.h"
#include "gp-index/items/retime.h"
#include "lib/archive/staged-record.h"
#include "lib/files/file.h"
#include "lib/files/path.h"
#include "lib/mem.h"
#include "lib/program/msg.h"
#include "lib/record/origin.h"

/* A fails for what errno says of WHAT; 0, or -1 where all others would fare no
 * better. */
static int
fail_alone(struct ingest *s, struct arrival *a, const char *what)
{
	int error = errno;

	arrival_fail(a, "io", "%s %s: %s", what, a->path, strerror(error));
	if (!incoming_stops(error))
		return 0;
	s->stopped = true;
	return -1;
}

/* The same, and its row goes, but where all stops: it waits for recover(). */
static int
fail_unnamed(struct ingest *s, struct arrival *a, const char *what)
{
	if (fail_alone(s, a, what) < 0)
		return -1;
	return recover_forget(&s->ix, a->staged.sha256);
}

/* A stranger has the name that was chosen: takes another, in the index first.
 * 0 (also with A failed), or -1. */
static int
choose_again(struct ingest *s, struct arrival *a, unsigned *try)
{
	char *folded;
	int result;

	(*try)++;
	result = announce_place(s, a, try, &folded);
	if (result == 0)
		return recover_forget(&s->ix, a->staged.sha256);
	if (result < 0)
		return -1;
	index_bind_text(s->rename, 1, a->path);
	index_bind_text(s->rename, 2, folded);
	index_bind_digest(s->rename, 3, a->staged.sha256);
	result = index_run(&s->ix, s->rename);
	free(folded);
	return result;
}

/* What lies beside the staged file of A, which is named. Not within the
 * transaction: that file may be large. */
static enum arrival_beside
look_beside(struct ingest *s, const struct arrival *a)
{
	struct staged_proof proof;
	struct record rec;
	struct item item;
	enum arrival_beside what = BESIDE_OWN;

	if (a->staged.place == INCOMING_COPIED || *a->staged.name == '\0')
		return what;
	record_init(&rec);
	if (staged_record_read(s->staging, a->staged.name, &rec, &proof) == 0 &&
	    !origin_is_same(&rec, &a->rec))
		what = !record_failed(&rec) &&
			item_read(&item, &rec, s->digest) == 0 &&
			item_names_file(&item, a->staged.name) &&
			stored_bytes_prove(s, a->path, &proof) > 0
		    ? BESIDE_PROVED
		    : BESIDE_OTHER;
	record_release(&rec);
	return what;
}

/* A lies where the index says. */
static void
set_named(struct ingest *s, struct arrival *a)
{
	a->state = ARRIVAL_NAMED;
	a->beside = look_beside(s, a);
}

/* A has its name; bytes that were owed are settled by that, as KIND. */
static int
named(struct ingest *s, struct arrival *a, const char *kind)
{
	set_named(s, a);
	if (a->bytes != ARRIVAL_OWED)
		return 0;
	return index_event(&s->ix, kind, a->staged.sha256, "nas", a->path);
}

/* The bytes of A lie there already. Who put them there may not have waited for
 * the disk. 0 (also with A failed), or -1. */
static int
take_stranger(struct ingest *s, struct arrival *a)
{
	int fd = file_open_below(s->ix.archive.fd, a->path,
	    O_RDONLY | O_NONBLOCK, 0);
	int result = fd < 0 ? -1 : fsync(fd);

	result = result < 0 ? fail_unnamed(s, a, "syncing")
			    : named(s, a, "known");
	if (fd >= 0)
		close(fd);
	return result;
}

/* Something has A's name. The same bytes are A's own; what is there instead of
 * bytes that a list of checksums names goes aside for them; else A takes
 * another name. 0 (also with A failed), or -1 with the reason said. */
static int
meet_stranger(struct ingest *s, struct arrival *a, int dir, unsigned *try)
{
	const char *state, *what;

	state = stored_bytes_state(&s->ix.archive, a->path, a->staged.sha256,
	    s->digest);
	if (strcmp(state, "ok") == 0)
		return take_stranger(s, a);
	if (a->bytes != ARRIVAL_OWED)
		return choose_again(s, a, try);
	msg(a->path, "%s in the archive: the new copy takes its place", state);
	if (quarantine_move(&s->ix.archive, dir, path_base(a->path),
		a->staged.sha256, &what) < 0)
		return fail_unnamed(s, a, what);
	return 0;
}

/* Gives the staged file of A its name in DIR; 0 (also with A failed), or -1. */
static int
give_name(struct ingest *s, struct arrival *a, int dir)
{
	unsigned try = 0;
	int result = 0;

	/* not before: it may be a second name of what is stored already */
	retime_name(s->staging, a->staged.name, &a->rec);
	while (result == 0 && a->state == ARRIVAL_ANNOUNCED) {
		if (file_rename_new(s->staging, a->staged.name, dir,
			path_base(a->path)) == 0)
			result = named(s, a, "healed");
		else if (errno == EEXIST)
			result = meet_stranger(s, a, dir, &try);
		else
			result = fail_unnamed(s, a, "naming it");
	}
	return result;
}

static bool
is_to_be_named(const struct arrival *a)
{
	return a->state == ARRIVAL_ANNOUNCED && arrival_is_new(a);
}

/* Names A[0] and all of the N that go into the same folder, which is synced
 * then. DIR is -1, with errno, where it could not be made. */
static int
name_into(struct ingest *s, struct arrival *a, size_t n, const char *folder,
    int dir)
{
	size_t len = strlen(folder), i;
	int error = errno, result = 0;

	for (i = 0; i < n && result == 0; i++) {
		if (!is_to_be_named(&a[i]) ||
		    strncmp(a[i].path, folder, len) != 0 ||
		    a[i].path[len] != '/')
			continue;
		errno = error;
		result = dir < 0
		    ? fail_unnamed(s, &a[i], "making the folder of")
		    : give_name(s, &a[i], dir);
	}
	if (result == 0 && dir >= 0 && file_sync_dir(dir) < 0) {
		msg(folder, "syncing the folder: %s", strerror(errno));
		result = -1;
	}
	return result;
}

static int
name_in_folder(struct ingest *s, struct arrival *a, size_t n)
{
	char *folder = path_first(a->path);
	int dir, result;

	dir = file_make_dir(s->ix.archive.fd, folder);
	result = name_into(s, a, n, folder, dir);
	if (dir >= 0)
		close(dir);
	free(folder);
	return result;
}

/* The new bytes of A take the place of those that were stored. 0 (also with A
 * failed), or -1. */
static int
heal_known(struct ingest *s, struct arrival *a)
{
	struct heal h = { s->staging, a->staged.name, a->path,
		a->staged.sha256 };
	const char *what;
	int healed;

	retime_name(s->staging, a->staged.name, &a->rec);
	healed = heal_file(&s->ix, &h, &what);
	if (healed == 0)
		return fail_alone(s, a, what);
	if (healed < 0)
		return -1;
	set_named(s, a);
	return 0;
}

/* The index has these bytes as stored: if that is true no more, the new ones
 * take their place. */
static int
compare_known(struct ingest *s, struct arrival *a)
{
	bool gone = incoming_is_gone(&a->staged);
	const char *state;

	state = stored_bytes_state(&s->ix.archive, a->path, a->staged.sha256,
	    s->digest);
	if (strcmp(state, "ok") == 0) {
		set_named(s, a);
		return s->unlisted && !gone
		    ? unlisted_mark_known(&s->ix, a->path)
		    : 0;
	}
	msg(a->path, "%s in the archive%s", state,
	    gone ? "" : ": the new copy takes its place");
	if (index_event(&s->ix, state, a->staged.sha256, "nas", a->path) < 0)
		return -1;
	if (!gone)
		return heal_known(s, a);
	announce_fail_gone(a, state);
	return 0;
}

int
store_files(struct ingest *s, struct arrival *a, size_t n)
{
	size_t i;
	int result = 0;

	for (i = 0; i < n && result == 0; i++) {
		if (a[i].state != ARRIVAL_ANNOUNCED)
			continue;
		if (arrival_is_new(&a[i]))
			result = name_in_folder(s, &a[i], n - i);
		else if (a[i].bytes == ARRIVAL_KNOWN)
			result = compare_known(s, &a[i]);
		else
			set_named(s, &a[i]);
	}
	return result;
}
