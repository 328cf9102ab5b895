#include "gp-fetch/staging.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/mem.h"

#define SUFFIX ".part"
#define NAMES_MAX 64 /* names tried for one key */
#define RACES_MAX 100
#define NOTE "user.gp.part" /* "TOTAL VALIDATOR", while it is a part */
/* less is not worth resuming in a later run */
#define NOTE_FROM (1024 * 1024)

int
staging_open(struct staging *s, const struct repo *a)
{
	s->dir = repo_folder(a, "staging");
	if (s->dir < 0)
		return -1;
	s->path = mem_printf("%s/.gp/staging", a->path);
	return 0;
}

void
staging_close(struct staging *s)
{
	close(s->dir);
	free(s->path);
	s->path = NULL;
	s->dir = -1;
}

void
staged_init(struct staged *p)
{
	memset(p, 0, sizeof(*p));
	p->fd = -1;
	p->total = -1;
}

/* The N-th name for KEY: itself, then names of this run. */
static void
name_for(char name[STAGED_NAME_SIZE], const char *key, int n,
    const char *suffix)
{
	if (n == 0)
		snprintf(name, STAGED_NAME_SIZE, "%.64s%s", key, suffix);
	else if (n == 1)
		snprintf(name, STAGED_NAME_SIZE, "%.64s.%ld%s", key,
		    (long)getpid(), suffix);
	else
		snprintf(name, STAGED_NAME_SIZE, "%.64s.%ld.%d%s", key,
		    (long)getpid(), n, suffix);
}

static int64_t
nanoseconds(const struct timespec *t)
{
	return (int64_t)t->tv_sec * 1000000000 + t->tv_nsec;
}

/* Whether the file last changed since the machine was started: its bytes are
 * then as we wrote them, since no power was cut. */
static bool
since_boot(const struct stat *st)
{
	struct timespec now, up;
	int64_t changed = nanoseconds(&st->st_ctim);

	clock_gettime(CLOCK_REALTIME, &now);
	clock_gettime(CLOCK_BOOTTIME, &up);
	return changed >= nanoseconds(&now) - nanoseconds(&up) &&
	    changed <= nanoseconds(&now);
}

bool
staged_find(struct staged *p, const struct staging *s, const char *key,
    int64_t size)
{
	struct stat st;
	bool found = false;
	int fd;

	name_for(p->name, key, 0, "");
	fd = openat(s->dir, p->name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return false;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		found = since_boot(&st) && (size < 0 || st.st_size == size);
		if (!found && flock(fd, LOCK_EX | LOCK_NB) == 0)
			unlinkat(s->dir, p->name, 0);
		p->have = st.st_size;
	}
	close(fd);
	return found;
}

/* Whether FD is still what lies under NAME: its owner may have renamed it
 * between our open() and our lock. */
static bool
still_named(int fd, int dir, const char *name, struct stat *st)
{
	struct stat named;

	return fstat(fd, st) == 0 &&
	    fstatat(dir, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	    named.st_dev == st->st_dev && named.st_ino == st->st_ino;
}

/* Opens and holds NAME; fd, or -1 with errno (EWOULDBLOCK: another run has
 * it). */
static int
hold(int dir, const char *name, struct stat *st)
{
	int fd, tries, saved;

	for (tries = 0; tries < RACES_MAX; tries++) {
		fd = openat(dir, name,
		    O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
		    0666);
		if (fd < 0)
			return -1;
		if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
			saved = errno;
			close(fd);
			errno = saved;
			return -1;
		}
		if (still_named(fd, dir, name, st)) {
			if (S_ISREG(st->st_mode))
				return fd;
			close(fd);
			errno = EISDIR;
			return -1;
		}
		close(fd);
	}
	errno = EWOULDBLOCK;
	return -1;
}

/* Whether another name may do better. */
static bool
is_taken(int error)
{
	return error == EWOULDBLOCK || error == ELOOP || error == EISDIR ||
	    error == ENXIO || error == EACCES;
}

/* Keeps total and validator with the file, so that a later run may resume. A
 * file system without extended attributes starts over then. */
static void
note(struct staged *p)
{
	char text[STAGED_VALIDATOR_SIZE + 32];
	int n;

	p->noted = true;
	n = snprintf(text, sizeof(text), "%" PRId64 " %s", p->total,
	    p->validator);
	if (n > 0 && (size_t)n < sizeof(text))
		fsetxattr(p->fd, NOTE, text, (size_t)n, 0);
}

/* Reads them again; false when there are none to trust. */
static bool
recall(struct staged *p)
{
	char text[STAGED_VALIDATOR_SIZE + 32], *end;
	ssize_t n;

	n = fgetxattr(p->fd, NOTE, text, sizeof(text) - 1);
	if (n <= 0)
		return false;
	text[n] = '\0';
	errno = 0;
	p->total = strtoll(text, &end, 10);
	if (errno != 0 || *end != ' ' || p->total <= 0)
		return false;
	p->noted = true;
	return snprintf(p->validator, sizeof(p->validator), "%s", end + 1) <
	    (int)sizeof(p->validator);
}

/* What an earlier run left in it is kept where it can be trusted. */
static int
take_over(struct staged *p, const struct stat *st)
{
	p->have = st->st_size;
	p->total = -1;
	if (p->have == 0)
		return 0;
	if (since_boot(st) && recall(p) && p->have < p->total)
		return 0;
	return staged_restart(p);
}

int
staged_open(struct staged *p, const struct staging *s, const char *key,
    int64_t size)
{
	struct stat st;
	int n;

	staged_init(p);
	if (staged_find(p, s, key, size))
		return 1;
	for (n = 0; n < NAMES_MAX; n++) {
		name_for(p->name, key, n, SUFFIX);
		p->fd = hold(s->dir, p->name, &st);
		if (p->fd >= 0)
			return take_over(p, &st);
		if (!is_taken(errno))
			return -1;
	}
	return -1;
}

int
staged_flush(struct staged *p)
{
	const char *from = p->block;
	int64_t at = p->have - (int64_t)p->filled;
	ssize_t done;

	while (p->filled > 0) {
		done = pwrite(p->fd, from, p->filled, at);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0) {
			p->have = at;
			p->filled = 0;
			return -1;
		}
		from += done;
		at += done;
		p->filled -= (size_t)done;
	}
	if (!p->noted && p->have >= NOTE_FROM && p->total > 0)
		note(p);
	return 0;
}

int
staged_add(struct staged *p, const void *data, size_t n)
{
	const char *from = data;
	size_t room;

	while (n > 0) {
		room = STAGED_BLOCK - p->filled;
		if (room > n)
			room = n;
		memcpy(p->block + p->filled, from, room);
		p->filled += room;
		p->have += (int64_t)room;
		from += room;
		n -= room;
		if (p->filled == STAGED_BLOCK && staged_flush(p) < 0)
			return -1;
	}
	return 0;
}

int
staged_restart(struct staged *p)
{
	if (p->noted)
		fremovexattr(p->fd, NOTE);
	p->noted = false;
	p->total = -1;
	p->validator[0] = '\0';
	p->have = 0;
	p->filled = 0;
	return ftruncate(p->fd, 0);
}

/* Some network file systems tell of a full disk only when a file is closed. */
static int
flush_close(int fd)
{
	int copy;

	copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	return copy < 0 ? -1 : close(copy);
}

int
staged_finish(struct staged *p, const struct staging *s)
{
	char name[STAGED_NAME_SIZE];
	int n = 0;

	if (p->noted)
		fremovexattr(p->fd, NOTE);
	p->noted = false;
	if (flush_close(p->fd) < 0)
		return -1;
	do {
		name_for(name, p->name, n++, "");
		if (file_rename_new(s->dir, p->name, s->dir, name) == 0) {
			memcpy(p->name, name, sizeof(name));
			close(p->fd);
			p->fd = -1;
			return 0;
		}
	} while (errno == EEXIST && n < NAMES_MAX);
	return -1;
}

void
staged_leave(struct staged *p, const struct staging *s)
{
	if (!p->noted) { /* the next run could not use it */
		staged_drop(p, s);
		return;
	}
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
}

void
staged_drop(struct staged *p, const struct staging *s)
{
	if (p->fd < 0)
		return;
	unlinkat(s->dir, p->name, 0);
	close(p->fd);
	p->fd = -1;
}
