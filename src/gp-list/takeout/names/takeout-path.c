#include "gp-list/takeout/names/takeout-path.h"

#include <stddef.h>
#include <string.h>

#include "lib/mem.h"

/* Whether the N bytes at NAME are what the folder of an export is called:
 * "Takeout", as Google has it, "Takeout 2" of a Mac, "Takeout (2)" and "Takeout
 * - Copy (2)" of Windows. */
static bool
is_takeout(const char *name, size_t n)
{
	static const char copy[] = " - Copy";
	size_t i = 7;

	if (n < 7 || strncmp(name, "Takeout", 7) != 0)
		return false;
	if (n - i >= sizeof(copy) - 1 &&
	    strncmp(name + i, copy, sizeof(copy) - 1) == 0)
		i += sizeof(copy) - 1;
	for (; i < n; i++) {
		if (strchr(" ()0123456789", name[i]) == NULL)
			return false;
	}
	return true;
}

char *
takeout_path(const char *name)
{
	char *path = mem_strdup(name), *p;

	if (strchr(path, '/') != NULL)
		return path;
	for (p = strchr(path, '\\'); p != NULL; p = strchr(p, '\\'))
		*p = '/';
	return path;
}

const char *
takeout_below(const char *path, bool *rooted)
{
	const char *p, *slash, *found = NULL;

	while (strncmp(path, "./", 2) == 0)
		path += 2;
	for (p = path, slash = strchr(p, '/'); slash != NULL;
	     p = slash + 1, slash = strchr(p, '/')) {
		/* an album of that name has no folder in it */
		if (is_takeout(p, (size_t)(slash - p)) &&
		    (found == NULL || strchr(slash + 1, '/') != NULL))
			found = slash + 1;
	}
	*rooted = found != NULL;
	return found != NULL ? found : path;
}
