#include "lib/files/nameless.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "lib/files/publish.h"

#define PREFIX "nameless."
#define DIGITS 16

int
nameless_make(int dirfd)
{
	char name[sizeof(PREFIX PUBLISH_SUFFIX) + DIGITS];
	uint64_t random;
	int fd;

	fd = openat(dirfd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0)
		return fd;
	/* not every file system has O_TMPFILE */
	if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return -1;
	snprintf(name, sizeof(name), PREFIX "%0*" PRIx64 PUBLISH_SUFFIX, DIGITS,
	    random);
	fd = openat(dirfd, name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0)
		unlinkat(dirfd, name, 0);
	return fd;
}

bool
nameless_is(const char *name)
{
	if (strncmp(name, PREFIX, strlen(PREFIX)) != 0)
		return false;
	name += strlen(PREFIX);
	return strspn(name, "0123456789abcdef") == DIGITS &&
	    strcmp(name + DIGITS, PUBLISH_SUFFIX) == 0;
}
