#include "gp-index/modes/accept-owed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gp-index/checksums/checksums-name.h"
#include "gp-index/checksums/checksums-read.h"
#include "gp-index/checksums/checksums-write.h"
#include "gp-index/checksums/owed.h"
#include "gp-index/checksums/unlisted.h"
#include "gp-index/db/lock.h"
#include "gp-index/ingest/quarantine.h"
#include "gp-index/ingest/stored-bytes.h"
#include "lib/files/file.h"
#include "lib/files/path.h"
#include "lib/mem.h"
#include "lib/program/msg.h"

/* How the file at PATH is, of which a list says that it has these bytes. */
static const char *
state_of(struct index *ix, const char *path,
    const uint8_t sha256[static DIGEST_SIZE])
{
	struct digest *d = digest_new();
	const char *state = stored_bytes_state(&ix->archive, path, sha256, d);

	digest_free(d);
	return state;
}

/* Whether FOLDER's list names the file at PATH, and with which sum, another
 * than OWN unless that is NULL: of several the one that is the file's, else
 * any. 1, 0, or -1 with the reason said. */
static int
find_line(struct index *ix, const char *folder, const char *path,
    const uint8_t *own, uint8_t sha256[static DIGEST_SIZE])
{
	struct checksum_list l;
	int got = -1, found = 0;
	bool sound = false;

	if (checksum_list_open_folder(&l, &ix->archive, folder) < 0)
		found = errno == ENOENT || errno == ENOTDIR ? 0 : -1;
	while (found >= 0 && !sound && l.in != NULL && got != 0) {
		got = checksum_list_next(&l);
		if (got == -2)
			found = -1;
		if (got <= 0 || strcmp(l.name, path_base(path)) != 0 ||
		    (own != NULL && memcmp(own, l.sha256, DIGEST_SIZE) == 0))
			continue;
		found = 1;
		sound = strcmp(state_of(ix, path, l.sha256), "ok") == 0;
		memcpy(sha256, l.sha256, DIGEST_SIZE);
	}
	if (found < 0)
		msg(folder, "%s: %s", CHECKSUMS_NAME, strerror(errno));
	checksum_list_close(&l);
	return found;
}

/* The same as find_line() of events that no list has a line for any more. */
static int
find_event(struct index *ix, const char *path,
    uint8_t sha256[static DIGEST_SIZE])
{
	uint8_t one[DIGEST_SIZE];
	sqlite3_stmt *s;
	bool sound = false;
	int step, found = 0;

	s = index_prepare(ix,
	    "SELECT DISTINCT e.file FROM " OWED_EVENTS " AND e.detail = ?");
	index_bind_text(s, 1, path);
	for (step = index_step(ix, s); step > 0 && !sound;
	     step = index_step(ix, s)) {
		if (!index_digest(s, 0, one))
			continue;
		found = 1;
		sound = strcmp(state_of(ix, path, one), "ok") == 0;
		memcpy(sha256, one, DIGEST_SIZE);
	}
	sqlite3_finalize(s);
	return step < 0 ? -1 : found;
}

/* The sum of the file at PATH as the index has it: 1, 0 where it knows none, or
 * -1. */
static int
own_sum(struct index *ix, const char *path, uint8_t sha256[static DIGEST_SIZE])
{
	sqlite3_stmt *s;
	int step;

	s = index_prepare(ix, "SELECT sha256 FROM file WHERE path = ?");
	index_bind_text(s, 1, path);
	step = index_step(ix, s);
	if (step > 0 && !index_digest(s, 0, sha256))
		step = -1;
	sqlite3_finalize(s);
	return step;
}

/* The file at PATH is as a list has it, with these bytes. */
static void
say_sound(struct index *ix, const char *path,
    const uint8_t sha256[static DIGEST_SIZE])
{
	char *stored = owed_stored_as(ix, sha256);

	if (stored != NULL && strcmp(state_of(ix, stored, sha256), "ok") == 0)
		msg(path,
		    "its bytes are those that SHA256SUMS has, and are stored "
		    "as %s: it is a second copy. Remove it, or its folder if "
		    "that has nothing else; then what is left of it can be "
		    "accepted",
		    stored);
	else
		msg(path,
		    "its bytes are those that SHA256SUMS has: there is nothing "
		    "to accept; store it again, so that the index knows it");
	free(stored);
}

/* Moves what is there with other bytes out of the way; -1 with the reason said,
 * also where nothing is wrong with it. */
static int
clear_place(struct index *ix, const char *folder, const char *path,
    const uint8_t sha256[static DIGEST_SIZE])
{
	const char *state = state_of(ix, path, sha256), *what;
	int dir, result;

	if (strcmp(state, "ok") == 0) {
		say_sound(ix, path, sha256);
		return -1;
	}
	if (strcmp(state, "missing") == 0)
		return 0;
	dir = file_open_below(ix->archive.fd, folder, O_RDONLY | O_DIRECTORY,
	    0);
	if (dir < 0) {
		msg(folder, "%s", strerror(errno));
		return -1;
	}
	result = quarantine_move(&ix->archive, dir, path_base(path), sha256,
	    &what);
	if (result < 0)
		msg(path, "%s it: %s", what, strerror(errno));
	else
		msg(path, "%s: moved to .gp/quarantine", state);
	close(dir);
	return result;
}

/* Where no event tells of it, for its bytes are stored, a person's word is kept
 * all the same. */
static int
note_accepted(struct index *ix, const char *path,
    const uint8_t sha256[static DIGEST_SIZE], const char *reason)
{
	int owed = owed_accept(ix, path, reason);
	char *detail;

	if (owed != 0)
		return owed < 0 ? -1 : 0;
	detail = mem_printf("%s: %s", path, reason);
	owed = index_event(ix, "accepted", sha256, "nas", detail);
	free(detail);
	return owed;
}

/* The list's lines of it get their events as they go, if their bytes are not
 * stored: those have the sums when the list has them no more. */
static int
accept(struct index *ix, const char *folder, const char *path,
    const uint8_t sha256[static DIGEST_SIZE], bool listed, const char *reason)
{
	if (clear_place(ix, folder, path, sha256) < 0 ||
	    (listed && checksums_drop(ix, folder, path) < 0))
		return -1;
	return note_accepted(ix, path, sha256, reason);
}

/* The file at PATH, which the index has, is good: what lists said else of it is
 * settled. 1, 0 where they said nothing, or -1 with the reason said. */
static int
accept_known(struct index *ix, const char *folder, const char *path,
    const uint8_t own[static DIGEST_SIZE], const char *reason)
{
	uint8_t other[DIGEST_SIZE];
	int unlisted, owed, listed = find_line(ix, folder, path, own, other);

	if (listed > 0 && strcmp(state_of(ix, path, own), "ok") != 0) {
		msg(path,
		    "it is not as the index has it: gp-scrub --heal nas first, "
		    "which keeps what is there");
		return -1;
	}
	unlisted = listed < 0 ? -1 : unlisted_accept(ix, path, reason);
	/* this gives each such line its event */
	if (unlisted < 0 ||
	    (listed > 0 && checksums_drop(ix, folder, path) < 0))
		return -1;
	owed = owed_accept(ix, path, reason);
	return owed < 0 ? -1 : unlisted > 0 || listed > 0 || owed > 0;
}

/* The same as find_line(), of events too, for which no list may have a line any
 * more; whether one has is in *LISTED. */
static int
find_sum(struct index *ix, const char *folder, const char *path,
    uint8_t sha256[static DIGEST_SIZE], bool *listed)
{
	uint8_t other[DIGEST_SIZE];
	int found = find_line(ix, folder, path, NULL, sha256), told = 0;

	*listed = found > 0;
	if (found < 0)
		return -1;
	if (!*listed || strcmp(state_of(ix, path, sha256), "ok") != 0)
		told = find_event(ix, path, other);
	if (told > 0 &&
	    (!*listed || strcmp(state_of(ix, path, other), "ok") == 0))
		memcpy(sha256, other, DIGEST_SIZE);
	return told < 0 ? -1 : found > 0 || told > 0;
}

/* What the index does not have; as accept_owed(). */
static int
accept_unknown(struct index *ix, const char *folder, const char *path,
    const char *reason)
{
	uint8_t sha256[DIGEST_SIZE];
	bool listed;
	int found = find_sum(ix, folder, path, sha256, &listed);

	if (found > 0 && accept(ix, folder, path, sha256, listed, reason) < 0)
		found = -1;
	return found;
}

int
accept_owed(struct index *ix, const char *path, const char *reason)
{
	const char *name = path_base(path);
	uint8_t own[DIGEST_SIZE];
	char *folder;
	int lock, found;

	if (!file_path_is_safe(path) || *path == '.' ||
	    strchr(path, '/') != name - 1 || !checksums_can_hold(name))
		return 0;
	lock = lock_take(&ix->archive);
	if (lock < 0)
		return -1;
	folder = path_folder(path);
	found = own_sum(ix, path, own);
	if (found > 0)
		found = accept_known(ix, folder, path, own, reason);
	else if (found == 0)
		found = accept_unknown(ix, folder, path, reason);
	free(folder);
	close(lock);
	return found;
}
