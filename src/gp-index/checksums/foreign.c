#include "gp-index/checksums/foreign.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>
#include <sys/types.h>

#include "gp-index/checksums/checksums-write.h"
#include "lib/mem.h"

/* rsync, rclone, browsers, editors: not whole yet, or not any more */
static const char *const endings[] = { ".partial", ".part", ".tmp",
	".crdownload", "~" };

/* Where in NAME stands what makes it foreign, or -1. */
static ssize_t
find(const char *name)
{
	size_t n = strlen(name), len, i;

	if (*name == '.' || *name == '-' ||
	    strncasecmp(name, CHECKSUMS_NAME, strlen(CHECKSUMS_NAME)) == 0)
		return 0;
	for (i = 0; i < COUNT(endings); i++) {
		len = strlen(endings[i]);
		if (n >= len && strcasecmp(name + n - len, endings[i]) == 0)
			return (ssize_t)(n - len);
	}
	return -1;
}

bool
foreign_name(const char *name)
{
	return find(name) >= 0;
}

void
foreign_mend(char *name)
{
	ssize_t at;

	for (at = find(name); at >= 0; at = find(name))
		name[at] = '_';
}
