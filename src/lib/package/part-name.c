#include "lib/package/part-name.h"

#include <string.h>
#include <strings.h>

#include "lib/mem.h"

static const char *const packed[] = { ".zip", ".tgz", ".tar.gz", ".tar" };

size_t
part_name_stem(const char *name, size_t n)
{
	size_t i, len;

	for (i = 0; i < COUNT(packed); i++) {
		len = strlen(packed[i]);
		if (n > len && strncasecmp(name + n - len, packed[i], len) == 0)
			return n - len;
	}
	return 0;
}

size_t
part_name_stem_inside(const char *name)
{
	const char *end;
	size_t i;

	for (i = 0; i < COUNT(packed); i++) {
		end = strcasestr(name, packed[i]);
		if (end != NULL && end > name)
			return (size_t)(end - name);
	}
	return 0;
}
