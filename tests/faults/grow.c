/* A file that grows while it is read, however slow the machine: with this
 * preloaded, whoever sleeps for a second finds GROW_FILE longer afterwards. */

#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int
nanosleep(const struct timespec *wanted, struct timespec *left)
{
	const char *path = getenv("GROW_FILE");
	int fd = path != NULL ? open(path, O_WRONLY | O_APPEND) : -1;

	(void)wanted;
	(void)left;
	if (fd < 0 || write(fd, "x", 1) != 1 || close(fd) < 0)
		abort();
	return 0;
}
