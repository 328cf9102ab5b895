#include "lib/files/nameless.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/files/publish.h"
#include "lib/files/random-name.h"

#define PREFIX "nameless."

int
nameless_make(int dirfd)
{
	char digits[RANDOM_NAME_SIZE];
	char name[sizeof(PREFIX PUBLISH_SUFFIX) + sizeof(digits)];
	int fd;

	fd = openat(dirfd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0)
		return fd;
	/* not every file system has O_TMPFILE */
	if (random_name(digits) < 0)
		return -1;
	snprintf(name, sizeof(name), PREFIX "%s" PUBLISH_SUFFIX, digits);
	fd = openat(dirfd, name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0)
		unlinkat(dirfd, name, 0);
	return fd;
}

bool
nameless_is(const char *name)
{
	return random_name_is(name, PREFIX, PUBLISH_SUFFIX);
}
