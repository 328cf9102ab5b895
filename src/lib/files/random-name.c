#include "lib/files/random-name.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

int
random_name(char digits[static RANDOM_NAME_SIZE])
{
	uint64_t n;

	if (getrandom(&n, sizeof(n), 0) != (ssize_t)sizeof(n))
		return -1;
	snprintf(digits, RANDOM_NAME_SIZE, "%0*" PRIx64, RANDOM_NAME_DIGITS, n);
	return 0;
}

bool
random_name_is(const char *name, const char *prefix, const char *tail)
{
	if (strncmp(name, prefix, strlen(prefix)) != 0)
		return false;
	name += strlen(prefix);
	return strspn(name, "0123456789abcdef") == RANDOM_NAME_DIGITS &&
	    strcmp(name + RANDOM_NAME_DIGITS, tail) == 0;
}
