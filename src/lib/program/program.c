#include "lib/program/program.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/files/path.h"
#include "lib/mem.h"

bool
program_exists(const char *name)
{
	const char *path = getenv("PATH");
	char *file;
	size_t n;
	bool found = false;

	while (path != NULL && *path != '\0' && !found) {
		n = strcspn(path, ":");
		file = mem_printf("%.*s/%s", (int)n, path, name);
		found = n > 0 && access(file, X_OK) == 0;
		free(file);
		path += n;
		path += *path == ':';
	}
	return found;
}

char *
program_folder(void)
{
	char self[PATH_MAX];
	ssize_t n;

	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n <= 0 || self[0] != '/')
		return NULL;
	self[n] = '\0';
	return path_folder(self);
}
