#include "lib/files/publish.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/files/file.h"
#include "lib/files/path.h"
#include "lib/mem.h"

#define ASIDE_SUFFIX ".db"

/* Closes FD; errno stays. */
static void
close_quietly(int fd)
{
	int saved = errno;

	close(fd);
	errno = saved;
}

/* Removes what was made aside of TEMPORARY, whose lock is ours. errno stays. */
static void
remove_aside(int dir, const char *temporary)
{
	static const char *const tails[] = { ASIDE_SUFFIX "-journal",
		ASIDE_SUFFIX "-wal", ASIDE_SUFFIX "-shm", ASIDE_SUFFIX };
	int saved = errno;
	char *name;
	size_t i;

	for (i = 0; i < COUNT(tails); i++) {
		name = mem_printf("%s%s", temporary, tails[i]);
		unlinkat(dir, name, 0);
		free(name);
	}
	errno = saved;
}

/* The same, and then TEMPORARY itself: what is aside lies nowhere without it.
 */
static void
remove_temporary(int dir, const char *temporary)
{
	int saved = errno;

	remove_aside(dir, temporary);
	unlinkat(dir, temporary, 0);
	errno = saved;
}

/* Whether TEMPORARY is still the file open as FD: 1, 0, or -1 with errno. */
static int
is_open_as(int dir, const char *temporary, int fd)
{
	struct stat ours, there;

	if (fstat(fd, &ours) < 0)
		return -1;
	if (!S_ISREG(ours.st_mode)) {
		errno = EEXIST;
		return -1;
	}
	if (fstatat(dir, temporary, &there, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -1;
	return file_is_same(&ours, &there);
}

static int
open_there(int dir, const char *temporary)
{
	return openat(dir, temporary,
	    O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
}

/* Waits for whoever holds TEMPORARY; one that is still there then is a
 * leftover, and goes. 0, or -1 with errno. */
static int
clear(int dir, const char *temporary)
{
	int fd = open_there(dir, temporary), there;

	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	there = file_lock(fd, LOCK_EX) < 0 ? -1
					   : is_open_as(dir, temporary, fd);
	if (there > 0)
		remove_temporary(dir, temporary);
	close_quietly(fd);
	return there < 0 ? -1 : 0;
}

/* Makes TEMPORARY and holds it; fd, or -1 with errno. */
static int
make_temporary(int dir, const char *temporary, mode_t mode)
{
	int fd, there = 0;

	while (there == 0) {
		fd = openat(dir, temporary,
		    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
		if (fd < 0) {
			if (errno != EEXIST || clear(dir, temporary) < 0)
				return -1;
			continue;
		}
		/* somebody may have cleared it away before we held it; where
		 * there are no locks, nobody does */
		there = file_lock(fd, LOCK_EX) < 0
		    ? 1
		    : is_open_as(dir, temporary, fd);
		if (there <= 0)
			close_quietly(fd);
	}
	return there < 0 ? -1 : fd;
}

/* Frees and closes all; errno stays. */
static int
end(struct publish *p)
{
	int result = 0, saved = errno;

	if (p->out != NULL && fclose(p->out) != 0) {
		result = -1;
		saved = errno;
	}
	if (p->aside != NULL && p->dir >= 0)
		close(p->dir);
	free(p->name);
	free(p->temporary);
	free(p->aside);
	memset(p, 0, sizeof(*p));
	p->dir = -1;
	errno = saved;
	return result;
}

int
publish_begin(struct publish *p, int dir, const char *name, mode_t mode)
{
	int fd;

	p->dir = dir;
	p->out = NULL;
	p->name = mem_strdup(name);
	p->temporary = mem_printf("%s" PUBLISH_SUFFIX, name);
	p->aside = NULL;
	fd = make_temporary(dir, p->temporary, mode);
	if (fd >= 0) {
		p->out = fdopen(fd, "w");
		if (p->out != NULL)
			return 0;
		remove_temporary(dir, p->temporary);
		close_quietly(fd);
	}
	end(p);
	return -1;
}

int
publish_begin_aside(struct publish *p, const char *path)
{
	char *folder = path_folder(path);
	int dir;

	dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(folder);
	if (dir < 0)
		return -1;
	if (publish_begin(p, dir, path_base(path), 0600) < 0) {
		close_quietly(dir);
		return -1;
	}
	/* a person may have removed one without the other */
	remove_aside(dir, p->temporary);
	p->aside = mem_printf("%s" PUBLISH_SUFFIX ASIDE_SUFFIX, path);
	return 0;
}

bool
publish_is_held(const struct publish *p)
{
	return is_open_as(p->dir, p->temporary, fileno(p->out)) > 0;
}

/* Renames what was made aside, whose bytes go to the disk first. */
static int
rename_aside(const struct publish *p)
{
	const char *aside = path_base(p->aside);
	int fd, synced;

	/* else what is aside is another's */
	if (!publish_is_held(p)) {
		errno = ESTALE;
		return -1;
	}
	fd = openat(p->dir, aside, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -1;
	synced = fsync(fd);
	close_quietly(fd);
	if (synced < 0 || renameat(p->dir, aside, p->dir, p->name) < 0)
		return -1;
	unlinkat(p->dir, p->temporary, 0);
	return 0;
}

static int
rename_written(const struct publish *p)
{
	if (fflush(p->out) != 0)
		return -1;
	if (ferror(p->out)) {
		errno = EIO;
		return -1;
	}
	if (fsync(fileno(p->out)) < 0)
		return -1;
	return renameat(p->dir, p->temporary, p->dir, p->name);
}

int
publish_commit(struct publish *p)
{
	if ((p->aside != NULL ? rename_aside(p) : rename_written(p)) < 0) {
		publish_abandon(p);
		return -1;
	}
	/* the lock goes with end(): the name is no temporary's any more */
	if (file_sync_dir(p->dir) < 0) {
		end(p);
		return -1;
	}
	return end(p);
}

void
publish_abandon(struct publish *p)
{
	int saved = errno;

	if (publish_is_held(p))
		remove_temporary(p->dir, p->temporary);
	end(p);
	errno = saved;
}

int
publish_bytes(int dir, const char *name, const void *bytes, size_t n,
    mode_t mode)
{
	struct publish p;
	int fd;

	if (publish_begin(&p, dir, name, mode) < 0)
		return -1;
	/* past stdio, which would keep a copy of what may be a secret */
	fd = fileno(p.out);
	if (fchmod(fd, mode) < 0 || file_write_all(fd, bytes, n) < 0) {
		publish_abandon(&p);
		return -1;
	}
	return publish_commit(&p);
}

static bool
is_temporary(const char *name, const char *prefix)
{
	const size_t len = strlen(name), suffix = strlen(PUBLISH_SUFFIX);

	return len > suffix && strncmp(name, prefix, strlen(prefix)) == 0 &&
	    strcmp(name + len - suffix, PUBLISH_SUFFIX) == 0;
}

static bool
is_empty(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_size == 0;
}

/* EMPTY: only if it is. */
static void
sweep_one(int dir, const char *temporary, bool empty)
{
	int fd = open_there(dir, temporary);

	if (fd < 0)
		return;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0 && (!empty || is_empty(fd)) &&
	    is_open_as(dir, temporary, fd) > 0)
		remove_temporary(dir, temporary);
	close(fd);
}

static void
sweep_folder(int dir, const char *prefix, bool empty)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *entries = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;

	if (entries == NULL) {
		if (fd >= 0)
			close(fd);
		return;
	}
	for (e = readdir(entries); e != NULL; e = readdir(entries)) {
		if (is_temporary(e->d_name, prefix))
			sweep_one(dir, e->d_name, empty);
	}
	closedir(entries);
}

void
publish_sweep(int dir)
{
	sweep_folder(dir, "", false);
}

void
publish_sweep_of(int dir, const char *prefix)
{
	sweep_folder(dir, prefix, false);
}

void
publish_sweep_aside(int dir)
{
	sweep_folder(dir, "", true);
}
