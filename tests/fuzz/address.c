/* What stands in headers and addresses: hosts, Retry-After, numbers, times. */
#include <string.h>

#include "fuzz.h"
#include "lib/google/hosts.h"
#include "lib/http.h"
#include "lib/mem.h"
#include "lib/num.h"

/* What curl would connect to is the host that was judged. */
static void
demand_same_host(const char *url, const char *host)
{
	CURLU *u = curl_url();
	char *theirs = NULL;
	size_t n;

	DEMAND(u != NULL);
	DEMAND(curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK);
	DEMAND(curl_url_get(u, CURLUPART_HOST, &theirs, 0) == CURLUE_OK);
	n = strlen(host);
	DEMAND(strcasecmp(theirs, host) == 0 ||
	    (theirs[0] == '[' && strncasecmp(theirs + 1, host, n) == 0));
	curl_free(theirs);
	curl_url_cleanup(u);
}

static void
addresses(const char *url)
{
	char *host = hosts_of(url);
	bool media = hosts_media_allowed(url), api = hosts_api_allowed(url);

	DEMAND(host != NULL || (!media && !api));
	if (host != NULL) {
		DEMAND(strpbrk(host, "@/?#\\ ") == NULL);
		demand_same_host(url, host);
		DEMAND(hosts_same_origin(url, url));
		DEMAND(!media || strncasecmp(url, "https", 5) == 0 ||
		    hosts_loopback(host));
	}
	free(host);
}

static void
numbers(const char *s)
{
	char text[NUM_TIME_SIZE];
	int64_t n, again;
	long ns;

	n = http_retry_after(s);
	DEMAND(n >= -1 && n <= 3600);
	if (num_parse_size(s, &n) == 0)
		DEMAND(n >= 0);
	if (num_parse_time(s, &n, &ns) == 0) {
		DEMAND(ns >= 0 && ns < 1000000000);
		if (num_format_time(text, n) == 0)
			DEMAND(num_parse_time(text, &again, NULL) == 0 &&
			    again == n);
	}
	if (num_parse(s, -5, 1000, &n) == 0)
		DEMAND(n >= -5 && n <= 1000);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *s = mem_strndup((const char *)data, size);

	addresses(s);
	numbers(s);
	free(s);
	return 0;
}
