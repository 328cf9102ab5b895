#include "lib/path.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "lib/mem.h"

const char *
path_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

char *
path_folder(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return mem_strdup(".");
	return mem_strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

char *
path_of_program(void)
{
	char self[PATH_MAX];
	ssize_t n;

	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n <= 0 || self[0] != '/')
		return NULL;
	self[n] = '\0';
	return path_folder(self);
}

char *
path_first(const char *path)
{
	return mem_strndup(path, strcspn(path, "/"));
}
