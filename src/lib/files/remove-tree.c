#include "lib/files/remove-tree.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>

#define FOLDERS_OPEN 8

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
	(void)st;
	(void)type;
	(void)walk;
	return remove(path) == 0 || errno == ENOENT ? 0 : -1;
}

int
remove_tree(const char *path)
{
	int result = nftw(path, remove_one, FOLDERS_OPEN, FTW_DEPTH | FTW_PHYS);

	return result == 0 || errno == ENOENT ? 0 : -1;
}
