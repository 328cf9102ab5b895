#include "gp-index/ingest/incoming.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/files/file.h"
#include "lib/files/random-name.h"
#include "lib/program/msg.h"

/* How a copy of what lies outside of staging is named there; the rest is
 * random: in a container every process has the same number each time. */
#define COPY "record."

bool
incoming_stops(int error)
{
	return error == ENOSPC || error == EDQUOT || error == EIO ||
	    error == EROFS;
}

bool
incoming_is_gone(const struct incoming *s)
{
	return s->place == INCOMING_GONE || s->place == INCOMING_UNHASHED;
}

/* Fails REC with errno's reason; what no later file could do better stops. */
static int
io_failed(struct record *rec, const char *what, bool *stop)
{
	bool full = errno == ENOSPC || errno == EDQUOT;

	*stop = *stop || incoming_stops(errno);
	record_fail(rec, full ? "no-space" : "io", "%s: %s", what,
	    strerror(errno));
	return -1;
}

/* The name below .gp/staging that PATH means, or NULL if it lies elsewhere. */
static const char *
staged_name(const struct repo *a, const char *path)
{
	static const char staging[] = "/.gp/staging/";
	size_t n = strlen(a->path);

	if (strncmp(path, a->path, n) != 0 ||
	    strncmp(path + n, staging, sizeof(staging) - 1) != 0)
		return NULL;
	path += n + sizeof(staging) - 1;
	if (strchr(path, '/') != NULL || !file_path_is_safe(path))
		return NULL;
	return path;
}

/* Opens PATH, a file outside of staging; -1 with REC failed, or gone. */
static int
open_source(struct incoming *s, const char *path, struct record *rec)
{
	int in = file_open(AT_FDCWD, path, 0);

	if (in < 0 && errno == ENOENT)
		s->place = INCOMING_GONE;
	else if (in < 0)
		record_fail(rec, "unreadable", "%s: %s", path,
		    file_reason(errno));
	return in;
}

/* Why a copy failed, and what that means for all others: UNREAD, it was the
 * source that did. */
static void
copy_failed(bool unread, const char *path, struct record *rec, bool *stop)
{
	if (unread)
		record_fail(rec, "unreadable", "%s: %s", path, strerror(errno));
	else
		io_failed(rec, "copying into the archive", stop);
}

/* Copies PATH to staging; the copy's fd, or -1 with REC failed. */
static int
copy_in(struct incoming *s, int staging, const char *path, struct record *rec,
    bool *stop)
{
	char digits[RANDOM_NAME_SIZE];
	bool unread = false;
	int in, out;

	in = open_source(s, path, rec);
	if (in < 0)
		return -1;
	if (random_name(digits) < 0)
		msg_die("no random numbers: %s", strerror(errno));
	snprintf(s->name, sizeof(s->name), COPY "%s", digits);
	out = openat(staging, s->name,
	    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (out < 0 || file_copy(in, out, &unread) < 0 ||
	    lseek(out, 0, SEEK_SET) < 0) {
		copy_failed(unread, path, rec, stop);
		if (out >= 0) {
			close(out);
			unlinkat(staging, s->name, 0);
		}
		out = -1;
	}
	close(in);
	if (out >= 0)
		s->place = INCOMING_COPIED;
	return out;
}

static int
open_in_staging(struct incoming *s, int staging, const char *name,
    struct record *rec)
{
	int fd;

	memcpy(s->name, name, strlen(name) + 1);
	fd = openat(staging, name,
	    O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 && errno == ENOENT)
		s->place = INCOMING_GONE;
	else if (fd < 0)
		record_fail(rec, "unreadable", "the staged file: %s",
		    strerror(errno));
	return fd;
}

static int
check_size(struct incoming *s, struct record *rec)
{
	struct stat st;
	int64_t claimed;

	if (fstat(s->fd, &st) < 0) {
		record_fail(rec, "unreadable", "the staged file: %s",
		    strerror(errno));
		return -1;
	}
	if (!S_ISREG(st.st_mode)) {
		record_fail(rec, "unreadable",
		    "the staged file is no regular file");
		return -1;
	}
	s->size = st.st_size;
	if (record_int(rec, "size", &claimed) == 0 && claimed != s->size) {
		record_fail(rec, "bad-length",
		    "the staged file has %lld bytes, not %lld",
		    (long long)s->size, (long long)claimed);
		return -1;
	}
	return 0;
}

/* Whether REC has no checksum because its file NAME was taken out of staging
 * before gp-hash came to it. */
static bool
went_unhashed(struct record *rec, int staging, const char *name)
{
	return name != NULL && record_text(rec, "sha256") == NULL &&
	    faccessat(staging, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0 &&
	    errno == ENOENT;
}

static void
close_file(struct incoming *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

int
incoming_open(struct incoming *s, const struct repo *a, int staging,
    struct record *rec, bool *stop)
{
	const char *path, *checksum, *name;

	s->fd = -1;
	s->name[0] = '\0';
	s->place = INCOMING_STAGED;
	path = record_text(rec, "file");
	checksum = record_text(rec, "sha256");
	name = path != NULL ? staged_name(a, path) : NULL;
	if (went_unhashed(rec, staging, name)) {
		s->place = INCOMING_UNHASHED;
		memcpy(s->name, name, strlen(name) + 1);
		return 0;
	}
	if (path == NULL || checksum == NULL ||
	    digest_parse(checksum, s->sha256) < 0) {
		record_fail(rec, "missing-field", "no usable %s: %s",
		    path == NULL ? "file" : "sha256",
		    path == NULL ? "gp-fetch adds it" : "gp-hash adds it");
		return -1;
	}
	s->fd = name != NULL ? open_in_staging(s, staging, name, rec)
			     : copy_in(s, staging, path, rec, stop);
	if (s->fd < 0)
		return incoming_is_gone(s) ? 0 : -1;
	if (check_size(s, rec) < 0) {
		close_file(s);
		return -1;
	}
	/* all of a batch goes out together; incoming_prove() waits for it */
	sync_file_range(s->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	return 0;
}

int
incoming_prove(struct incoming *s, struct record *rec, struct digest *d,
    bool synced, bool *stop)
{
	uint8_t checksum[DIGEST_SIZE];
	int64_t bytes;
	int result = 0;

	if (!synced && fsync(s->fd) < 0) {
		result = io_failed(rec, "writing it to the disk", stop);
	} else {
		/* read from the disk, not from memory */
		posix_fadvise(s->fd, 0, 0, POSIX_FADV_DONTNEED);
		if (digest_fd(d, s->fd, checksum, &bytes) < 0) {
			record_fail(rec, "io", "reading it back: %s",
			    strerror(errno));
			result = -1;
		} else if (bytes != s->size ||
		    memcmp(checksum, s->sha256, sizeof(checksum)) != 0) {
			record_fail(rec, "mismatch",
			    "the staged file is not "
			    "what was hashed: its bytes changed since");
			result = -1;
		}
	}
	close_file(s);
	return result;
}

bool
incoming_is_copy(const char *name)
{
	return random_name_is(name, COPY, "");
}
