#include "gp-index/db/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "lib/archive/staging-lock.h"
#include "lib/files/file.h"
#include "lib/program/msg.h"

int
lock_take(const struct repo *a)
{
	int fd;

	fd = openat(a->gp, "record.lock",
	    O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (fd < 0) {
		msg(a->path, "cannot open .gp/record.lock: %s",
		    strerror(errno));
		return -1;
	}
	if (file_lock(fd, LOCK_EX) < 0) {
		msg(a->path, "cannot lock the archive: %s",
		    file_lock_reason(errno));
		close(fd);
		return -1;
	}
	return fd;
}

int
lock_take_staging(const struct repo *a)
{
	int staging, lock, reason;

	staging = repo_folder(a, "staging");
	if (staging < 0)
		return -1;
	lock = staging_lock_take_alone(staging);
	reason = errno;
	close(staging);
	if (lock < 0 && reason == EWOULDBLOCK)
		msg(a->path,
		    "another run is at work in this archive: nothing was done; "
		    "wait until it has ended, then run this again");
	else if (lock < 0)
		msg(a->path, "cannot lock .gp/staging: %s",
		    file_lock_reason(reason));
	return lock;
}
