#include "gp-hash/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lib/program/msg.h"
#include "lib/program/out.h"

const char *
hash_reason(int error)
{
	switch (error) {
	case ELOOP:
		return "a link, which is not followed";
	case ENOTBLK:
		return "not a regular file";
	default:
		return strerror(error);
	}
}

int
hash_fd(struct digest *d, int fd, uint8_t sum[static DIGEST_SIZE],
    int64_t *bytes)
{
	int result, saved;

	/* a hint; what can't take it is read all the same */
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	result = digest_fd(d, fd, sum, bytes);
	saved = errno;
	close(fd);
	errno = saved;
	return result;
}

int
hash_open_root(const char *dir)
{
	int fd;

	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		msg(dir, "cannot open the folder: %s", strerror(errno));
	return fd;
}

void
hash_note_error(struct hash_job *job, int error)
{
	job->error = error;
	job->verified = error == ENOENT ? VERIFIED_MISSING
					: VERIFIED_UNREADABLE;
}

void
hash_write_escaped(const char *name)
{
	for (; *name != '\0'; name++) {
		switch (*name) {
		case '\n':
			out_text("\\n");
			break;
		case '\r':
			out_text("\\r");
			break;
		case '\\':
			out_text("\\\\");
			break;
		default:
			out_write(name, 1);
		}
	}
}
