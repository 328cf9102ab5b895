#include "gp-index/checksums/foreign.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "gp-index/checksums/checksums-name.h"
#include "lib/files/path.h"
#include "lib/files/publish.h"
#include "lib/files/unfinished.h"

static bool
begins_foreign(const char *name)
{
	/* "~$": an office's lock */
	return *name == '.' || *name == '-' || strncmp(name, "~$", 2) == 0 ||
	    strncasecmp(name, CHECKSUMS_NAME, strlen(CHECKSUMS_NAME)) == 0;
}

bool
foreign_name(const char *name)
{
	size_t n = strlen(name);

	/* an editor's copy of before ends in '~' */
	return begins_foreign(name) || (n > 0 && name[n - 1] == '~') ||
	    path_ends_in(name, PUBLISH_SUFFIX) || unfinished_stem(name) > 0;
}

void
foreign_mend(char *name)
{
	if (begins_foreign(name))
		*name = '_';
}
