#include "lib/files/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

int
file_write_all(int fd, const void *p, size_t n)
{
	const char *s = p;
	ssize_t done;

	while (n > 0) {
		done = write(fd, s, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -1;
		s += done;
		n -= (size_t)done;
	}
	return 0;
}

ssize_t
file_read_full(int fd, void *p, size_t n)
{
	char *s = p;
	size_t got = 0;
	ssize_t done;

	while (got < n) {
		done = read(fd, s + got, n - got);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -1;
		if (done == 0)
			break;
		got += (size_t)done;
	}
	return (ssize_t)got;
}

ssize_t
file_read_at(int fd, void *p, size_t n, int64_t offset)
{
	char *s = p;
	size_t got = 0;
	ssize_t done;

	while (got < n) {
		done = pread(fd, s + got, n - got, offset + (int64_t)got);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -1;
		if (done == 0)
			break;
		got += (size_t)done;
	}
	return (ssize_t)got;
}

int
file_open(int dirfd, const char *name, int flags)
{
	struct stat st;
	int fd, saved = EINVAL;

	fd = openat(dirfd, name,
	    O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | flags);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0)
		saved = errno;
	else if (S_ISREG(st.st_mode))
		return fd;
	else if (S_ISDIR(st.st_mode))
		saved = EISDIR;
	close(fd);
	errno = saved;
	return -1;
}

const char *
file_reason(int error)
{
	return error == EINVAL ? "is no regular file" : strerror(error);
}

int
file_lock(int fd, int operation)
{
	int result;

	do {
		result = flock(fd, operation);
	} while (result < 0 && errno == EINTR);
	return result;
}

bool
file_lock_is_missing(int error)
{
	/* ENOLCK: NFS without its lock daemon; the others: SMB, FUSE */
	return error == ENOLCK || error == EOPNOTSUPP || error == ENOSYS;
}

const char *
file_lock_reason(int error)
{
	if (file_lock_is_missing(error))
		return "its disk has no file locks (flock): the archive must "
		       "lie where these work, as on a local disk";
	return strerror(error);
}

int
file_load(int dirfd, const char *name, struct buf *b)
{
	char block[16384];
	ssize_t n = -1;
	int fd, saved;

	fd = file_open(dirfd, name, 0);
	if (fd < 0)
		return -1;
	for (;;) {
		n = file_read_full(fd, block, sizeof(block));
		if (n <= 0)
			break;
		if (buf_add(b, block, (size_t)n) < 0) {
			errno = EFBIG;
			n = -1;
			break;
		}
	}
	saved = errno;
	close(fd);
	errno = saved;
	return n < 0 ? -1 : 0;
}

/* Length of the component that S begins with; 0 if it may not be there. */
static size_t
safe_component(const char *s)
{
	size_t n;

	n = strcspn(s, "/");
	if (n > NAME_MAX || (n == 1 && s[0] == '.') ||
	    (n == 2 && s[0] == '.' && s[1] == '.'))
		return 0;
	return n;
}

bool
file_path_is_safe(const char *path)
{
	size_t n;

	for (;;) {
		n = safe_component(path);
		if (n == 0)
			return false;
		path += n;
		if (*path == '\0')
			return true;
		path++;
	}
}

int
file_open_below(int dirfd, const char *path, int flags, mode_t mode)
{
	char name[NAME_MAX + 1];
	size_t n;
	int dir, fd, saved;

	if (!file_path_is_safe(path)) {
		errno = EINVAL;
		return -1;
	}
	dir = dirfd;
	for (;;) {
		n = strcspn(path, "/");
		memcpy(name, path, n);
		name[n] = '\0';
		path += n;
		fd = openat(dir, name,
		    (*path == '/' ? O_PATH | O_DIRECTORY : flags) | O_NOFOLLOW |
			O_CLOEXEC,
		    mode);
		saved = errno;
		if (dir != dirfd)
			close(dir);
		errno = saved;
		if (fd < 0 || *path == '\0')
			return fd;
		dir = fd;
		path++;
	}
}

int
file_make_dir(int dirfd, const char *name)
{
	if (mkdirat(dirfd, name, 0777) < 0) {
		if (errno != EEXIST)
			return -1;
	} else if (dirfd != AT_FDCWD && file_sync_dir(dirfd) < 0) {
		return -1;
	}
	return openat(dirfd, name,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int
file_rename_new(int fromdir, const char *from, int todir, const char *to)
{
	if (renameat2(fromdir, from, todir, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS && errno != ENOTSUP)
		return -1;
	/* an old kernel, or a file system that has no such flag */
	if (linkat(fromdir, from, todir, to, 0) < 0)
		return -1;
	return unlinkat(fromdir, from, 0);
}

int
file_sync_dir(int dirfd)
{
	if (fsync(dirfd) < 0 && errno != EINVAL)
		return -1;
	return 0;
}

/* The plain way, where copy_file_range can't, or does not tell what failed. */
static int64_t
copy_by_hand(int in, int out, bool *unread)
{
	static _Thread_local char block[256 * 1024];
	int64_t total = 0;
	ssize_t n;

	for (;;) {
		n = file_read_full(in, block, sizeof(block));
		if (n <= 0)
			break;
		if (file_write_all(out, block, (size_t)n) < 0)
			return -1;
		total += n;
	}
	*unread = n < 0;
	return n < 0 ? -1 : total;
}

/* Of these errors of copy_file_range only OUT is capable. */
static bool
is_writers(int error)
{
	return error == ENOSPC || error == EDQUOT || error == EFBIG ||
	    error == EROFS;
}

int64_t
file_copy(int in, int out, bool *unread)
{
	int64_t total = 0;
	int64_t rest;
	ssize_t n;
	bool failed = false;

	for (;;) {
		n = copy_file_range(in, NULL, out, NULL, 1 << 30, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		total += n;
	}
	rest = -1;
	/* files of /proc and some FUSE file systems copy as empty */
	if (n == 0 || !is_writers(errno))
		rest = copy_by_hand(in, out, &failed);
	if (unread != NULL)
		*unread = failed;
	return rest < 0 ? -1 : total + rest;
}
