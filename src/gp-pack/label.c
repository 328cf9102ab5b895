#include "gp-pack/label.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/mem.h"
#include "lib/num.h"
#include "lib/program/msg.h"

void
label_format(char buf[static LABEL_SIZE], const char *prefix, int64_t number)
{
	snprintf(buf, LABEL_SIZE, "%s-%04lld", prefix, (long long)number);
}

/* The number in NAME, "PREFIX-0001" or with anything behind a '.'; 0 for
 * none. */
static int64_t
number_in(const char *name, const char *prefix)
{
	size_t n = strlen(prefix);
	char digits[8];
	int64_t number;

	if (strncmp(name, prefix, n) != 0 || name[n] != '-')
		return 0;
	name += n + 1;
	n = strcspn(name, ".");
	if (n != 4)
		return 0;
	memcpy(digits, name, n);
	digits[n] = '\0';
	return num_parse(digits, 1, 9999, &number) == 0 ? number : 0;
}

int
label_highest(int dirfd, const char *name, const char *prefix, int64_t *highest)
{
	struct dirent *e;
	int64_t number;
	DIR *dir = NULL;
	int fd;

	fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		dir = fdopendir(fd);
	if (dir == NULL) {
		if (errno == ENOENT)
			return 0;
		msg(name, "cannot read the folder: %s", strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	for (;;) {
		e = readdir(dir);
		if (e == NULL)
			break;
		number = number_in(e->d_name, prefix);
		if (*e->d_name != '.' && number > *highest)
			*highest = number;
	}
	closedir(dir);
	return 0;
}

bool
label_used(int dirfd, const char *name, const char *label)
{
	char *bag = mem_printf("%s/%s", name, label);
	char *image = mem_printf("%s.iso", bag);
	struct stat st;
	bool used;

	used = fstatat(dirfd, bag, &st, AT_SYMLINK_NOFOLLOW) == 0 ||
	    fstatat(dirfd, image, &st, AT_SYMLINK_NOFOLLOW) == 0;
	free(image);
	free(bag);
	return used;
}

bool
label_is_unfinished(const char *name)
{
	size_t n;

	if (*name != '.')
		return false;
	n = strspn(name + 1, LABEL_LETTERS);
	if (n == 0 || n > LABEL_PREFIX_MAX || name[n + 1] != '-')
		return false;
	name += n + 2;
	if (strspn(name, "0123456789") != 4)
		return false;
	return strcmp(name + 4, ".part") == 0 ||
	    strcmp(name + 4, ".iso.part") == 0;
}
