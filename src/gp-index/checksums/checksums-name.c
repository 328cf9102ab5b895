#include "gp-index/checksums/checksums-name.h"

#include <stdlib.h>
#include <string.h>

#include "lib/files/path.h"
#include "lib/files/publish.h"
#include "lib/name.h"
#include "lib/utf8.h"

bool
checksums_reserved(const char *folded)
{
	const char *name = path_base(folded);

	return strcmp(name, "sha256sums") == 0 ||
	    strcmp(name, "sha256sums" PUBLISH_SUFFIX) == 0;
}

bool
checksums_can_hold(const char *name)
{
	size_t n = strlen(name), i, len;
	char *folded;
	bool reserved;

	if (n == 0 || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return false;
	for (i = 0; i < n; i += len) {
		len = utf8_length(name + i, n - i);
		if (len == 0 || (unsigned char)name[i] < ' ' ||
		    name[i] == 0x7f || name[i] == '/' || name[i] == '\\')
			return false;
	}
	folded = name_fold(name);
	reserved = checksums_reserved(folded);
	free(folded);
	return !reserved;
}
