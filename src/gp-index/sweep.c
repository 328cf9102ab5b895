#include "gp-index/sweep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/msg.h"
#include "lib/publish.h"

#define DAY 86400
#define WHOLE_DAYS 1
#define PART_DAYS 100

static bool
is_part(const char *name)
{
	size_t n = strlen(name);

	return n > 5 && strcmp(name + n - 5, ".part") == 0;
}

/* Since its inode last changed nobody wanted it. */
static bool
is_old(int staging, const char *name)
{
	struct stat st;
	time_t days = is_part(name) ? PART_DAYS : WHOLE_DAYS;

	return fstatat(staging, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(st.st_mode) && time(NULL) - st.st_ctime > days * DAY;
}

static void
sweep_one(int staging, const char *name)
{
	int fd;

	if (!is_old(staging, name))
		return;
	fd = openat(staging, name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return;
	/* whoever downloads into it holds it */
	if (flock(fd, LOCK_EX | LOCK_NB) == 0 &&
	    unlinkat(staging, name, 0) == 0)
		msg_at(1, name, "removed from staging: nobody came for it");
	close(fd);
}

/* What was to be published when its writer was killed. */
static void
sweep_unpublished(const struct repo *a)
{
	int listings;

	publish_sweep(a->gp);
	listings = openat(a->gp, "listings",
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (listings < 0)
		return;
	publish_sweep(listings);
	close(listings);
}

void
sweep(const struct repo *a, int staging)
{
	struct dirent *entry;
	DIR *dir;
	int fd;

	sweep_unpublished(a);
	fd = openat(staging, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd >= 0 ? fdopendir(fd) : NULL;
	if (dir == NULL) {
		msg(a->path, "cannot look through .gp/staging: %s",
		    strerror(errno));
		if (fd >= 0)
			close(fd);
		return;
	}
	for (entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
		if (entry->d_name[0] != '.')
			sweep_one(staging, entry->d_name);
	}
	closedir(dir);
}
