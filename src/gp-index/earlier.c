#include "gp-index/earlier.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gp-index/checksums-write.h"
#include "lib/mem.h"
#include "lib/msg.h"

/* Whether FOLDER of ROOT is one that a finished run left: it has a list of
 * checksums. A stranger's folder may have any name, ours too. */
static bool
is_ours(int root, const char *folder)
{
	bool ours;
	int fd;

	fd = openat(root, folder,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return false;
	ours = faccessat(fd, CHECKSUMS_NAME, F_OK, 0) == 0;
	close(fd);
	return ours;
}

/* The name of a folder of ours; "" where none is, NULL with errno. The caller
 * frees. */
static char *
our_folder(const struct repo *a)
{
	const struct dirent *e;
	char *found = NULL;
	DIR *dir;
	int fd;

	fd = openat(a->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	dir = fdopendir(fd);
	if (dir == NULL) {
		close(fd);
		return NULL;
	}
	errno = 0;
	while (found == NULL) {
		e = readdir(dir);
		if (e == NULL)
			break;
		if (e->d_name[0] != '.' && is_ours(a->fd, e->d_name))
			found = mem_strdup(e->d_name);
		errno = 0;
	}
	if (found == NULL && errno == 0)
		found = mem_strdup("");
	closedir(dir);
	return found;
}

int
earlier_none(const struct repo *a, const char *path)
{
	char *folder = our_folder(a);
	bool none = folder != NULL && *folder == '\0';

	if (folder == NULL)
		msg(a->path, "%s", strerror(errno));
	else if (!none)
		msg(path,
		    "there is no index, but the archive has folders "
		    "(%s): put back a backup of it, or say where it is with "
		    "GP_INDEX, or run gp-index --rebuild",
		    folder);
	free(folder);
	return none ? 0 : -1;
}
