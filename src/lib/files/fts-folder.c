#include "lib/files/fts-folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

int
fts_folder_check(FTS *fts, const FTSENT *e)
{
	FTSENT *child = fts_children(fts, 0);
	struct dirent *entry;
	int64_t left = 0;
	DIR *dir = opendir(e->fts_accpath);
	int error;

	if (dir == NULL)
		return errno;
	for (; child != NULL; child = child->fts_link)
		left++;
	for (;;) {
		errno = 0;
		entry = readdir(dir);
		if (entry == NULL)
			break;
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			left--;
	}
	error = errno;
	closedir(dir);
	if (error == 0 && left == 0)
		return 0;
	return error != 0 ? error : ESTALE;
}

const char *
fts_folder_reason(int error)
{
	return error == ESTALE
	    ? "not all of it could be read, or it changed meanwhile"
	    : strerror(error);
}
