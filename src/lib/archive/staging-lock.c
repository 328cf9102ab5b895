#include "lib/archive/staging-lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "lib/files/file.h"

static int
share(int fd)
{
	return file_lock(fd, LOCK_SH);
}

/* Locks an open file of its own: locks belong to these. */
static int
take(int staging, int (*lock)(int fd))
{
	int fd, saved;

	fd = openat(staging, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 && lock(fd) < 0) {
		saved = errno;
		close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

int
staging_lock_share(int staging)
{
	return take(staging, share);
}

static int
have_alone(int fd)
{
	return flock(fd, LOCK_EX | LOCK_NB);
}

int
staging_lock_take_alone(int staging)
{
	return take(staging, have_alone);
}

int
staging_lock_raise(int lock)
{
	int saved;

	if (flock(lock, LOCK_EX | LOCK_NB) == 0)
		return 1;
	saved = errno;
	/* to change it may have let go of the share */
	share(lock);
	errno = saved;
	return saved == EWOULDBLOCK ? 0 : -1;
}

void
staging_lock_lower(int lock)
{
	share(lock);
}
