#include "gp-list/scratch.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/mem.h"
#include "lib/program/msg.h"

int
scratch_make(struct repo *a)
{
	const char *dir = getenv("TMPDIR");
	char *path;
	int result = -1;

	path = mem_printf("%s/gp-list.XXXXXX",
	    dir != NULL && *dir != '\0' ? dir : "/tmp");
	if (mkdtemp(path) == NULL)
		msg(path, "%s", strerror(errno));
	else
		result = repo_open(a, path);
	if (result == 0 && repo_make_gp(a) < 0) {
		scratch_remove(a);
		repo_close(a);
		result = -1;
	}
	free(path);
	return result;
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
	(void)st;
	(void)type;
	(void)walk;
	return remove(path);
}

void
scratch_remove(struct repo *a)
{
	nftw(a->path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}
