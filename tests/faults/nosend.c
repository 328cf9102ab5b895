/*
 * LD_PRELOAD: send number $SEND_AT (from 1) on an internet socket fails, once,
 * for want of buffers, and the file $SEND_HIT says so; the connection itself
 * lives on.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static atomic_long seen;

static int
is_internet(int fd)
{
	struct sockaddr_storage name;
	socklen_t n = sizeof(name);

	return getsockname(fd, (struct sockaddr *)&name, &n) == 0 &&
	    (name.ss_family == AF_INET || name.ss_family == AF_INET6);
}

static void
hit(void)
{
	const char *name = getenv("SEND_HIT");
	int fd = -1;

	if (name != NULL)
		fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	if (fd >= 0)
		close(fd);
}

ssize_t
send(int fd, const void *data, size_t n, int flags)
{
	const char *at = getenv("SEND_AT");

	if (at != NULL && is_internet(fd) &&
	    atomic_fetch_add(&seen, 1) + 1 == strtol(at, NULL, 10)) {
		hit();
		errno = ENOBUFS;
		return -1;
	}
	return sendto(fd, data, n, flags, NULL, 0);
}
