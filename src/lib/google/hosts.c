#include "lib/google/hosts.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/mem.h"

/* curl takes "https:/host" and "https:///host" too; we don't. */
static bool
has_scheme(const char *url, const char *scheme)
{
	size_t n = strlen(scheme);

	return strncasecmp(url, scheme, n) == 0 &&
	    strncmp(url + n, "://", 3) == 0 && url[n + 3] != '/';
}

/* One part of URL in the caller's memory (curl_free), NULL if it has none. */
static char *
part_of(const char *url, CURLUPart part, unsigned flags)
{
	CURLU *u;
	char *value = NULL;

	u = curl_url();
	if (u == NULL)
		return NULL;
	if (curl_url_set(u, CURLUPART_URL, url, 0) != CURLUE_OK ||
	    curl_url_get(u, part, &value, flags) != CURLUE_OK)
		value = NULL;
	curl_url_cleanup(u);
	return value;
}

static char *
lower_host(const char *host)
{
	size_t n = strlen(host);
	char *copy, *p;

	if (n >= 2 && host[0] == '[' && host[n - 1] == ']')
		copy = mem_strndup(host + 1, n - 2);
	else
		copy = mem_strndup(host, n);
	for (p = copy; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	return copy;
}

char *
hosts_of(const char *url)
{
	char *user, *password, *host, *copy = NULL;

	if (!has_scheme(url, "https") && !has_scheme(url, "http"))
		return NULL;
	user = part_of(url, CURLUPART_USER, 0);
	password = part_of(url, CURLUPART_PASSWORD, 0);
	host = part_of(url, CURLUPART_HOST, 0);
	if (user == NULL && password == NULL && host != NULL && *host != '\0')
		copy = lower_host(host);
	curl_free(user);
	curl_free(password);
	curl_free(host);
	return copy;
}

bool
hosts_loopback(const char *host)
{
	struct in_addr v4;
	struct in6_addr v6;

	if (inet_pton(AF_INET, host, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127;
	if (inet_pton(AF_INET6, host, &v6) == 1)
		return IN6_IS_ADDR_LOOPBACK(&v6);
	return strcasecmp(host, "localhost") == 0;
}

/* PATTERN (N bytes) is a host, or "*." and a domain for all below it. */
static bool
matches(const char *host, const char *pattern, size_t n)
{
	size_t len = strlen(host);

	if (n > 2 && pattern[0] == '*' && pattern[1] == '.')
		return len > n - 1 &&
		    strncasecmp(host + len - (n - 1), pattern + 1, n - 1) == 0;
	return len == n && strncasecmp(host, pattern, n) == 0;
}

static bool
is_listed(const char *host)
{
	const char *p = getenv("GP_MEDIA_HOSTS");
	size_t n;

	if (p == NULL || *p == '\0')
		p = HOSTS_MEDIA_DEFAULT;
	for (; *p != '\0'; p += n) {
		p += strspn(p, " \t\n,");
		n = strcspn(p, " \t\n,");
		if (n > 0 && matches(host, p, n))
			return true;
	}
	return false;
}

bool
hosts_media_allowed(const char *url)
{
	char *host;
	bool allowed;

	host = hosts_of(url);
	if (host == NULL)
		return false;
	allowed = is_listed(host) &&
	    (has_scheme(url, "https") || hosts_loopback(host));
	free(host);
	return allowed;
}

bool
hosts_api_allowed(const char *url)
{
	char *host;
	bool allowed;

	host = hosts_of(url);
	if (host == NULL)
		return false;
	allowed = has_scheme(url, "https") || hosts_loopback(host);
	free(host);
	return allowed;
}

static bool
same_url_part(const char *a, const char *b, CURLUPart part)
{
	char *x = part_of(a, part, CURLU_DEFAULT_PORT);
	char *y = part_of(b, part, CURLU_DEFAULT_PORT);
	bool same;

	same = x != NULL && y != NULL && strcasecmp(x, y) == 0;
	curl_free(x);
	curl_free(y);
	return same;
}

bool
hosts_same_origin(const char *a, const char *b)
{
	return same_url_part(a, b, CURLUPART_SCHEME) &&
	    same_url_part(a, b, CURLUPART_HOST) &&
	    same_url_part(a, b, CURLUPART_PORT);
}
