#include "gp-fetch/net/response-head.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/http.h"
#include "lib/num.h"

void
response_head_init(struct response_head *a)
{
	memset(a, 0, sizeof(*a));
	a->range_start = a->range_total = a->retry_after = -1;
}

/* "bytes 100-999/1000"; anything else leaves -1, which matches nothing. */
static void
take_range(struct response_head *a, const char *value)
{
	char start[24], end[24], total[24];
	int64_t s, e, t;

	if (strncasecmp(value, "bytes ", 6) != 0 ||
	    sscanf(value + 6, "%20[0-9]-%20[0-9]/%20[0-9]", start, end,
		total) != 3)
		return;
	if (num_parse(start, 0, INT64_MAX, &s) < 0 ||
	    num_parse(end, 0, INT64_MAX, &e) < 0 ||
	    num_parse(total, 0, INT64_MAX, &t) < 0 || e < s || e != t - 1)
		return;
	a->range_start = s;
	a->range_total = t;
}

/* A validator that does not fit is none. */
static void
take_text(char to[STAGED_VALIDATOR_SIZE], const char *value)
{
	if (snprintf(to, STAGED_VALIDATOR_SIZE, "%s", value) >=
	    STAGED_VALIDATOR_SIZE)
		to[0] = '\0';
}

static void
take(struct response_head *a, const char *name, const char *value)
{
	if (strcasecmp(name, "content-range") == 0)
		take_range(a, value);
	else if (strcasecmp(name, "retry-after") == 0)
		a->retry_after = http_retry_after(value);
	else if (strcasecmp(name, "transfer-encoding") == 0)
		a->chunked = strcasestr(value, "chunked") != NULL;
	else if (strcasecmp(name, "etag") == 0 && value[0] == '"')
		take_text(a->etag, value);
	else if (strcasecmp(name, "etag") == 0 &&
	    strncmp(value, "W/\"", 3) == 0)
		take_text(a->weak, value);
	else if (strcasecmp(name, "last-modified") == 0)
		take_text(a->modified, value);
}

void
response_head_header(struct response_head *a, const char *line, size_t n)
{
	char copy[512], *colon, *value, *end;

	if (n >= 5 && strncasecmp(line, "HTTP/", 5) == 0) {
		response_head_init(a);
		return;
	}
	if (n >= sizeof(copy))
		return;
	memcpy(copy, line, n);
	copy[n] = '\0';
	colon = strchr(copy, ':');
	if (colon == NULL)
		return;
	*colon = '\0';
	value = colon + 1 + strspn(colon + 1, " \t");
	end = value + strlen(value);
	while (end > value && strchr(" \t\r\n", end[-1]) != NULL)
		end--;
	*end = '\0';
	take(a, copy, value);
}

const char *
response_head_validator(const struct response_head *a)
{
	return a->etag[0] != '\0' ? a->etag : a->modified;
}
