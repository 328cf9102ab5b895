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
#include <unistd.h>

#include "lib/archive/staging-lock.h"
#include "lib/files/file.h"
#include "lib/fnv.h"
#include "lib/mem.h"
#include "lib/program/msg.h"
#include "lib/record/origin.h"

#define RACES_MAX 100
#define NOTE                                                                   \
	"user.gp.part" /* "BOOT TOTAL LINK WEAK\tVALIDATOR", while it is       \
			  unfinished */
#define NOTE_SIZE (BOOT_ID_SIZE + 2 * STAGED_VALIDATOR_SIZE + 48)
/* less is not worth resuming in a later run */
#define NOTE_FROM (1024 * 1024)

int
staging_open(struct staging *s, const struct repo *a, struct stored *stored)
{
	s->stored = stored;
	s->dir = repo_folder(a, "staging");
	if (s->dir < 0)
		return -1;
	boot_id(s->boot);
	s->lock = random_name(s->run) < 0 ? -1 : staging_lock_share(s->dir);
	if (s->lock < 0) {
		msg(a->path, "cannot lock .gp/staging: %s",
		    file_lock_reason(errno));
		close(s->dir);
		return -1;
	}
	s->path = mem_printf("%s/.gp/staging", a->path);
	return 0;
}

void
staging_close(struct staging *s)
{
	close(s->lock);
	close(s->dir);
	free(s->path);
	s->path = NULL;
	s->dir = s->lock = -1;
}

void
staged_init(struct staged *p)
{
	memset(p, 0, sizeof(*p));
	p->fd = -1;
	p->total = -1;
}

/* The name for KEY, or with OWN that of this run, and TAIL. */
static void
name_for(char name[STAGED_NAME_SIZE], const struct staging *s, const char *key,
    bool own, const char *tail)
{
	snprintf(name, STAGED_NAME_SIZE, "%.64s%s%s%s", key, own ? "." : "",
	    own ? s->run : "", tail);
}

/* Puts REC beside a name of its own for what lies whole under P's, as PROOF
 * says: neither record is lost then if both runs die. Where a file can't have
 * two names, P keeps the one it has. */
static void
add_name(struct staged *p, const struct staging *s, const char *key,
    struct record *rec, const struct staged_proof *proof)
{
	char own[RANDOM_NAME_SIZE], name[STAGED_NAME_SIZE], part[sizeof(name)];

	if (random_name(own) < 0)
		return;
	snprintf(name, sizeof(name), "%.64s.%s", key, own);
	snprintf(part, sizeof(part), "%.64s.%s" STAGED_UNFINISHED_SUFFIX, key,
	    own);
	if (linkat(s->dir, p->name, s->dir, part, 0) < 0)
		return;
	if (staged_record_write(s->dir, name, rec, proof) < 0 ||
	    renameat(s->dir, part, s->dir, name) < 0) {
		staged_record_remove(s->dir, name);
		unlinkat(s->dir, part, 0);
		return;
	}
	memcpy(p->name, name, sizeof(name));
}

bool
staged_take(struct staged *p, const struct staging *s, const char *key,
    int64_t size, struct record *rec)
{
	struct staged_proof proof;
	struct record theirs;
	const char *type;
	bool found;
	int fd;

	name_for(p->name, s, key, false, "");
	fd = openat(s->dir, p->name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return false;
	record_init(&theirs);
	found = staged_record_read(s->dir, p->name, &theirs, &proof) == 0 &&
	    (size < 0 || proof.size == size) &&
	    staged_record_proves(fd, &proof);
	p->have = found ? proof.size : 0;
	type = found ? record_text(&theirs, "mimeType") : NULL;
	if (type != NULL) /* whoever fetched it has seen its bytes */
		record_set_text(rec, "mimeType", type);
	if (found && !origin_is_same(&theirs, rec))
		add_name(p, s, key, rec, &proof);
	record_release(&theirs);
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
	    file_is_same(&named, st);
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
is_locked(int error)
{
	return error == EWOULDBLOCK || error == ELOOP || error == EISDIR ||
	    error == ENXIO || error == EACCES;
}

/* Keeps total and validator with the file, so that a later run may resume. A
 * file system without extended attributes starts over then. */
static void
note(struct staged *p)
{
	char text[NOTE_SIZE], boot[BOOT_ID_SIZE];
	int n;

	p->noted = true;
	boot_id(boot);
	n = snprintf(text, sizeof(text), "%s %" PRId64 " %" PRIx64 " %s\t%s",
	    boot, p->total, p->link, p->weak, p->validator);
	if (n > 0 && (size_t)n < sizeof(text))
		fsetxattr(p->fd, NOTE, text, (size_t)n, 0);
}

/* The end of the note: false when it is an earlier gp's, or none. */
static bool
recall_validators(struct staged *p, char *text)
{
	char *tab = strchr(text, '\t');

	if (tab == NULL)
		return false;
	*tab = '\0';
	return snprintf(p->weak, sizeof(p->weak), "%s", text) <
	    (int)sizeof(p->weak) &&
	    snprintf(p->validator, sizeof(p->validator), "%s", tab + 1) <
	    (int)sizeof(p->validator);
}

/* Reads them again; false when there are none to trust: nothing was synced, so
 * what was written before the machine's last start may have holes. */
static bool
recall(struct staged *p, const char *boot)
{
	char text[NOTE_SIZE], *end;
	size_t len = strlen(boot);
	ssize_t n;

	n = fgetxattr(p->fd, NOTE, text, sizeof(text) - 1);
	if (n <= 0 || len == 0)
		return false;
	text[n] = '\0';
	if (strncmp(text, boot, len) != 0 || text[len] != ' ')
		return false;
	errno = 0;
	p->total = strtoll(text + len, &end, 10);
	if (errno != 0 || *end != ' ' || p->total <= 0)
		return false;
	p->link = strtoull(end + 1, &end, 16);
	if (errno != 0 || *end != ' ')
		return false;
	p->noted = true;
	return recall_validators(p, end + 1);
}

/* What an earlier run left in it is kept where it can be trusted. */
static int
take_over(struct staged *p, const struct staging *s, const struct stat *st)
{
	p->have = st->st_size;
	p->left = p->have > 0;
	p->total = -1;
	if (p->have == 0)
		return 0;
	if (recall(p, s->boot) && p->have < p->total)
		return 0;
	return staged_restart(p);
}

/* Whether the record of KEY lies there without its file: --record of another
 * run has it in hand. */
static bool
is_being_stored(const struct staging *s, const char *key)
{
	char name[STAGED_NAME_SIZE];
	struct stat st;

	snprintf(name, sizeof(name), "%.64s" STAGED_RECORD_SUFFIX, key);
	if (fstatat(s->dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !S_ISREG(st.st_mode))
		return false;
	snprintf(name, sizeof(name), "%.64s", key);
	return faccessat(s->dir, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0;
}

bool
staged_is_busy(const struct staging *s, const char *key)
{
	char name[STAGED_NAME_SIZE];
	bool held;
	int fd;

	name_for(name, s, key, false, STAGED_UNFINISHED_SUFFIX);
	fd = openat(s->dir, name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return is_being_stored(s, key);
	held = flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
	close(fd);
	return held || is_being_stored(s, key);
}

/* Opens and holds KEY.part, or with OWN that of this run. */
static enum staged_opening
open_key(struct staged *p, const struct staging *s, const char *key, bool own)
{
	struct stat st;

	name_for(p->name, s, key, own, STAGED_UNFINISHED_SUFFIX);
	p->fd = hold(s->dir, p->name, &st);
	if (p->fd < 0)
		return is_locked(errno) && !own ? STAGED_BUSY : STAGED_FAILED;
	return take_over(p, s, &st) < 0 ? STAGED_FAILED : STAGED_OPEN;
}

enum staged_opening
staged_open(struct staged *p, const struct staging *s, const char *key,
    int64_t size, struct record *rec, bool alone)
{
	enum staged_opening opened;
	struct staged whole;

	staged_init(&whole);
	staged_init(p);
	if (staged_take(p, s, key, size, rec))
		return STAGED_WHOLE;
	opened = open_key(p, s, key, false);
	/* it may have got its name since we looked */
	if (opened == STAGED_OPEN && !p->left &&
	    staged_take(&whole, s, key, size, rec)) {
		staged_drop(p, s);
		*p = whole;
		return STAGED_WHOLE;
	}
	if (opened == STAGED_OPEN && !p->left && !alone &&
	    is_being_stored(s, key)) {
		staged_drop(p, s);
		return STAGED_BUSY;
	}
	if (opened == STAGED_BUSY && (alone || errno != EWOULDBLOCK))
		opened = open_key(p, s, key, true);
	return opened;
}

int64_t
staged_unfinished_size(const struct staging *s, const char *key)
{
	char name[STAGED_NAME_SIZE];
	struct stat st;

	snprintf(name, sizeof(name), "%.64s" STAGED_UNFINISHED_SUFFIX, key);
	if (fstatat(s->dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	return st.st_size;
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
		if (p->summed == at) {
			p->crc = staged_record_crc(p->crc, from, (size_t)done);
			p->summed += done;
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
staged_set_link(struct staged *p, const char *url)
{
	uint64_t link = fnv_text(url);

	if (p->have > 0 && p->link != link)
		p->other_link = true;
	if (p->other_link && p->validator[0] != '"' && staged_restart(p) < 0)
		return -1;
	p->link = link;
	return 0;
}

int
staged_restart(struct staged *p)
{
	if (p->noted)
		fremovexattr(p->fd, NOTE);
	p->noted = false;
	p->total = -1;
	p->validator[0] = p->weak[0] = '\0';
	p->have = p->summed = 0;
	p->other_link = false;
	p->crc = 0;
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

/* What its bytes are, for who finds it later. */
static int
prove(struct staged *p, struct staged_proof *proof)
{
	if (staged_record_crc_rest(p->fd, &p->summed, &p->crc) < 0)
		return -1;
	proof->size = p->summed;
	proof->crc = p->crc;
	return 0;
}

/* Gives it NAME, or takes its record away again. */
static int
take_name(const struct staged *p, const struct staging *s, const char *name)
{
	int saved;

	if (renameat(s->dir, p->name, s->dir, name) == 0)
		return 0;
	saved = errno;
	staged_record_remove(s->dir, name);
	errno = saved;
	return -1;
}

int
staged_finish(struct staged *p, const struct staging *s,
    const struct record *rec)
{
	char name[STAGED_NAME_SIZE];
	struct staged_proof proof;

	if (p->noted)
		fremovexattr(p->fd, NOTE);
	p->noted = false;
	if (flush_close(p->fd) < 0 || prove(p, &proof) < 0)
		return -1;
	snprintf(name, sizeof(name), "%.*s",
	    (int)(strlen(p->name) - strlen(STAGED_UNFINISHED_SUFFIX)), p->name);
	/* the record first: never a staged file without it. What has the name
	 * by now is none that can be trusted. */
	if (staged_record_write(s->dir, name, rec, &proof) < 0 ||
	    take_name(p, s, name) < 0)
		return -1;
	memcpy(p->name, name, sizeof(name));
	close(p->fd);
	p->fd = -1;
	return 0;
}

bool
staged_in_way(char name[STAGED_NAME_SIZE], const struct staged *p,
    const struct staging *s)
{
	static const char *const tail[] = { "", STAGED_RECORD_SUFFIX };
	struct stat st;
	size_t i;

	for (i = 0; i < COUNT(tail); i++) {
		snprintf(name, STAGED_NAME_SIZE, "%.*s%s",
		    (int)(strlen(p->name) - strlen(STAGED_UNFINISHED_SUFFIX)),
		    p->name, tail[i]);
		if (fstatat(s->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISDIR(st.st_mode))
			return true;
	}
	return false;
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
