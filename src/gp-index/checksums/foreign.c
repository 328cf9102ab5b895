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
	return *name == '.' || *name == '-' ||
	    strncasecmp(name, CHECKSUMS_NAME, strlen(CHECKSUMS_NAME)) == 0;
}

bool
foreign_name(const char *name)
{
	size_t n = strlen(name);

	/* an editor's copy of before ends in '~', an office's lock begins so */
	return begins_foreign(name) || (n > 0 && name[n - 1] == '~') ||
	    strncmp(name, "~$", 2) == 0 || path_ends_in(name, PUBLISH_SUFFIX) ||
	    unfinished_stem(name) > 0;
}

void
foreign_mend(char *name)
{
	if (begins_foreign(name))
		*name = '_';
}
