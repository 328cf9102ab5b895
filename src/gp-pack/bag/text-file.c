#include "gp-pack/bag/text-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "lib/program/msg.h"

FILE *
text_file_create(int dirfd, const char *name)
{
	FILE *f = NULL;
	int fd;

	fd = openat(dirfd, name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (fd >= 0)
		f = fdopen(fd, "w");
	if (f == NULL) {
		msg(name, "cannot be written: %s", strerror(errno));
		if (fd >= 0)
			close(fd);
	}
	return f;
}

int
text_file_close(FILE *f, const char *name)
{
	const bool failed = ferror(f) != 0;

	if (fclose(f) == 0) {
		if (!failed)
			return 0;
		errno = EIO; /* why a write failed is not known any more */
	}
	msg(name, "cannot be written: %s", strerror(errno));
	return -1;
}
