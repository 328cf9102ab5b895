#include "gp-list/scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/files/remove-tree.h"
#include "lib/mem.h"
#include "lib/program/msg.h"

#define SCRATCH_PREFIX "gp-list."

/* Folder PATH, if it is ours and nobody lives there: open, and locked; else -1.
 * Whoever makes one locks it, and looks whether it is still there. */
static int
lock_folder(const char *path)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && st.st_uid == geteuid() &&
	    flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	close(fd);
	return -1;
}

/* Removes what killed runs left in DIR. */
static void
sweep_scratch(const char *dir)
{
	const struct dirent *e;
	DIR *all = opendir(dir);
	char *path;
	int fd;

	if (all == NULL)
		return;
	for (e = readdir(all); e != NULL; e = readdir(all)) {
		if (strncmp(e->d_name, SCRATCH_PREFIX,
			strlen(SCRATCH_PREFIX)) != 0)
			continue;
		path = mem_printf("%s/%s", dir, e->d_name);
		fd = lock_folder(path);
		if (fd >= 0) {
			remove_tree(path);
			close(fd);
		}
		free(path);
	}
	closedir(all);
}

/* A new folder in DIR, as an archive; the caller frees its path. A sweep may
 * come between its making and its lock: then another is made. 0, or -1 with the
 * reason said. */
static int
make_folder(struct repo *a, const char *dir, char **path)
{
	struct stat st;

	for (;;) {
		*path = mem_printf("%s/" SCRATCH_PREFIX "XXXXXX", dir);
		if (mkdtemp(*path) == NULL) {
			msg(*path, "%s", strerror(errno));
			return -1;
		}
		if (repo_open(a, *path) < 0)
			return -1;
		/* where there are no locks, nothing is swept either */
		(void)flock(a->fd, LOCK_EX | LOCK_NB);
		if (stat(*path, &st) == 0)
			return 0;
		repo_close(a);
		free(*path);
	}
}

int
scratch_make(struct repo *a)
{
	const char *dir = getenv("TMPDIR");
	char *path;
	int result;

	if (dir == NULL || *dir == '\0')
		dir = "/tmp";
	sweep_scratch(dir);
	result = make_folder(a, dir, &path);
	if (result == 0 && repo_make_gp(a) < 0) {
		scratch_remove(a);
		repo_close(a);
		result = -1;
	}
	free(path);
	return result;
}

void
scratch_remove(struct repo *a)
{
	remove_tree(a->path);
}
