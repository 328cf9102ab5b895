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

/* Whether FOLDER's list names NAME, and with which sum: 1, 0, or -1 with the
 * reason said. */
static int
find_line(struct index *ix, const char *folder, const char *name,
    uint8_t sha256[static DIGEST_SIZE])
{
	struct checksum_list l;
	int got = -1, found = 0;

	if (checksum_list_open_folder(&l, &ix->archive, folder) < 0)
		found = errno == ENOENT || errno == ENOTDIR ? 0 : -1;
	while (found == 0 && l.in != NULL && got != 0) {
		got = checksum_list_next(&l);
		if (got == -2)
			found = -1;
		else if (got > 0 && strcmp(l.name, name) == 0)
			found = 1;
	}
	if (found > 0)
		memcpy(sha256, l.sha256, DIGEST_SIZE);
	else if (found < 0)
		msg(folder, "%s: %s", CHECKSUMS_NAME, strerror(errno));
	checksum_list_close(&l);
	return found;
}

/* The same of an event that no list has a line for any more. */
static int
find_event(struct index *ix, const char *path,
    uint8_t sha256[static DIGEST_SIZE])
{
	sqlite3_stmt *s;
	int step;

	s = index_prepare(ix,
	    "SELECT e.file FROM " OWED_EVENTS
	    " AND e.file IS NOT NULL AND e.detail = ? LIMIT 1");
	index_bind_text(s, 1, path);
	step = index_step(ix, s);
	if (step > 0 && !index_digest(s, 0, sha256))
		step = -1;
	sqlite3_finalize(s);
	return step;
}

/* Whether the index knows a file at PATH: 1, 0 or -1. */
static int
index_knows(struct index *ix, const char *path)
{
	return index_ask(ix, "SELECT 1 FROM file WHERE path = ?", path);
}

/* Moves what is there with other bytes out of the way; -1 with the reason said,
 * also where nothing is wrong with it. */
static int
clear_place(struct index *ix, const char *folder, const char *path,
    const uint8_t sha256[static DIGEST_SIZE])
{
	struct digest *d = digest_new();
	const char *state = stored_bytes_state(&ix->archive, path, sha256, d);
	const char *what;
	int dir, result;

	digest_free(d);
	if (strcmp(state, "ok") == 0) {
		msg(path,
		    "its bytes are those that SHA256SUMS has: there is nothing "
		    "to accept; store it again, so that the index knows it");
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

/* The event comes first: it has the sum when the list has it no more. */
static int
accept(struct index *ix, const char *folder, const char *path,
    const uint8_t sha256[static DIGEST_SIZE], bool listed, const char *reason)
{
	char *detail;
	int result;

	if (clear_place(ix, folder, path, sha256) < 0)
		return -1;
	detail = mem_printf("%s: %s", path, reason);
	result = index_event(ix, "accepted", sha256, "nas", detail);
	free(detail);
	return result < 0 || !listed ? result
				     : checksums_drop(ix, folder, path);
}

int
accept_owed(struct index *ix, const char *path, const char *reason)
{
	const char *name = path_base(path);
	uint8_t sha256[DIGEST_SIZE];
	char *folder;
	int lock, found;
	bool known, listed = false;

	if (!file_path_is_safe(path) || *path == '.' ||
	    strchr(path, '/') != name - 1 || !checksums_can_hold(name))
		return 0;
	lock = lock_take(&ix->archive);
	if (lock < 0)
		return -1;
	folder = path_folder(path);
	found = index_knows(ix, path);
	known = found > 0;
	if (known)
		found = unlisted_accept(ix, path, reason);
	else if (found == 0)
		found = find_line(ix, folder, name, sha256);
	listed = found > 0;
	if (found == 0)
		found = find_event(ix, path, sha256);
	if (found > 0 && !known &&
	    accept(ix, folder, path, sha256, listed, reason) < 0)
		found = -1;
	free(folder);
	close(lock);
	return found;
}
