#include "gp-hash/extents.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>

bool
extents_can_be_in(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 &&
	    (S_ISREG(st.st_mode) || S_ISBLK(st.st_mode));
}

/* The digits at *S as a number; *S is then behind them. 0 or -1. */
static int
take_number(const char **s, int64_t *value)
{
	char *end;

	if (**s < '0' || **s > '9')
		return -1;
	errno = 0;
	*value = strtoimax(*s, &end, 10);
	*s = end;
	return errno == 0 ? 0 : -1;
}

/* One of the extents, and the ',' behind it. 0 or -1. */
static int
take_extent(const char **s, int64_t *offset, int64_t *bytes)
{
	if (take_number(s, offset) < 0 || *(*s)++ != '+' ||
	    take_number(s, bytes) < 0 || *offset > INT64_MAX - *bytes)
		return -1;
	if (**s == ',' && (*s)[1] != '\0')
		(*s)++;
	else if (**s != '\0')
		return -1;
	return 0;
}

int
extents_sum(struct digest *d, int fd, const char *extents,
    uint8_t sum[static DIGEST_SIZE], int64_t *bytes)
{
	int64_t offset, n;

	errno = ENOENT;
	if (extents == NULL)
		return -1;
	*bytes = 0;
	digest_begin(d);
	do {
		if (take_extent(&extents, &offset, &n) < 0 ||
		    *bytes > INT64_MAX - n) {
			errno = EINVAL;
			return -1;
		}
		if (digest_range(d, fd, offset, n) < 0)
			return -1;
		*bytes += n;
	} while (*extents != '\0');
	digest_end(d, sum);
	return 0;
}
