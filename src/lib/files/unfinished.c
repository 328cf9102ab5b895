#include "lib/files/unfinished.h"

#include <string.h>
#include <strings.h>

#include "lib/mem.h"

/* rsync, rclone; Firefox; Chrome; Safari; editors. A pipeline has the
 * same. */
static const char *const endings[] = { ".partial", ".part", ".crdownload",
	".download", ".tmp" };

size_t
unfinished_stem(const char *name)
{
	size_t n = strlen(name), len, i;

	for (i = 0; i < COUNT(endings); i++) {
		len = strlen(endings[i]);
		if (n > len && strcasecmp(name + n - len, endings[i]) == 0)
			return n - len;
	}
	return 0;
}
