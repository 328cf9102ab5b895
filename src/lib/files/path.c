#include "lib/files/path.h"

#include <string.h>

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
path_first(const char *path)
{
	return mem_strndup(path, strcspn(path, "/"));
}

bool
path_ends_in(const char *path, const char *ending)
{
	size_t n = strlen(path), len = strlen(ending);

	return n > len && strcmp(path + n - len, ending) == 0;
}
