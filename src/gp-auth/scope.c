#include "gp-auth/scope.h"

#include <string.h>

#include "lib/mem.h"

#define SCOPE_ROOT "https://www.googleapis.com/auth/"

const struct scope scopes[SCOPE_COUNT] = {
	{ SCOPE_ROOT "photospicker.mediaitems.readonly",
	    "photos that you pick (picker:)" },
	{ SCOPE_ROOT "photoslibrary.readonly.appcreateddata",
	    "albums that your own app filled (library:, album:TITLE, "
	    "ALBUM_ID)" },
};

char *
scope_all(void)
{
	return mem_printf("%s %s", scopes[0].name, scopes[1].name);
}

bool
scope_in(const char *list, const char *name)
{
	const size_t len = strlen(name);
	size_t n;

	for (;;) {
		list += strspn(list, " ");
		n = strcspn(list, " ");
		if (n == 0)
			return false;
		if (n == len && memcmp(list, name, n) == 0)
			return true;
		list += n;
	}
}
