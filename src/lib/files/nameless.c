#include "lib/files/nameless.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

#include "lib/files/publish.h"

int
nameless_make(int dirfd)
{
	char name[sizeof("nameless." PUBLISH_SUFFIX) + 2 * sizeof(uint64_t)];
	uint64_t random;
	int fd;

	fd = openat(dirfd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0)
		return fd;
	/* not every file system has O_TMPFILE */
	if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return -1;
	snprintf(name, sizeof(name), "nameless.%016" PRIx64 PUBLISH_SUFFIX,
	    random);
	fd = openat(dirfd, name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0)
		unlinkat(dirfd, name, 0);
	return fd;
}
