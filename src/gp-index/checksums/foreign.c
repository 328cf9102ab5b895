#include "gp-index/checksums/foreign.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "gp-index/checksums/checksums-name.h"
#include "lib/mem.h"

/* rsync, rclone, browsers, editors: not whole yet, or not any more */
static const char *const endings[] = { ".partial", ".part", ".tmp",
	".crdownload", "~" };

static bool
begins_foreign(const char *name)
{
	return *name == '.' || *name == '-' ||
	    strncasecmp(name, CHECKSUMS_NAME, strlen(CHECKSUMS_NAME)) == 0;
}

bool
foreign_name(const char *name)
{
	size_t n = strlen(name), len, i;

	if (begins_foreign(name))
		return true;
	for (i = 0; i < COUNT(endings); i++) {
		len = strlen(endings[i]);
		if (n >= len && strcasecmp(name + n - len, endings[i]) == 0)
			return true;
	}
	return false;
}

void
foreign_mend(char *name)
{
	if (begins_foreign(name))
		*name = '_';
}
