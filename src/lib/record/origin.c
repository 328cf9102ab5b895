#include "lib/record/origin.h"

#include <string.h>

#include "lib/mem.h"

static bool
is_same_member(const struct record *a, const struct record *b, const char *name)
{
	const char *x, *y;
	size_t n, m;

	x = record_get(a, name, &n);
	y = record_get(b, name, &m);
	if (x == NULL || y == NULL)
		return x == y;
	return n == m && memcmp(x, y, n) == 0;
}

bool
origin_is_same(const struct record *a, const struct record *b)
{
	static const char *const names[] = { "source", "account", "album",
		"albums" };
	size_t i;

	for (i = 0; i < COUNT(names); i++) {
		if (!is_same_member(a, b, names[i]))
			return false;
	}
	return true;
}
