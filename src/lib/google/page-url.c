#include "lib/google/page-url.h"

#include "lib/mem.h"
#include "lib/percent.h"
#include "lib/program/msg.h"

#define PAGE_URL_MAX ((size_t)1024 * 1024)

char *
page_url(const char *root, const char *name, const char *session,
    const char *size, const char *token)
{
	struct buf url;
	char *copy;

	buf_init(&url, PAGE_URL_MAX);
	buf_printf(&url, "%s/v1/%s?", root, name);
	if (session != NULL) {
		buf_adds(&url, "sessionId=");
		percent_add(&url, session, "");
		buf_addc(&url, '&');
	}
	buf_printf(&url, "pageSize=%s", size);
	if (token != NULL && *token != '\0') {
		buf_adds(&url, "&pageToken=");
		percent_add(&url, token, "");
	}
	if (url.overflowed)
		msg_die("a text too long for an address");
	copy = mem_strdup(url.data);
	buf_release(&url);
	return copy;
}
