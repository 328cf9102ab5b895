/*
 * Google's answers through gp-list: whatever comes, what goes out is records.
 * The input is answers, a line each; after the last the API has given up. A
 * first line that begins with '#' asks for an album instead of the library.
 */
#include <string.h>

#include "fuzz.h"
#include "gp-list/google/library.h"
#include "gp-list/lister.h"
#include "gp-list/spool.h"
#include "lib/record/json.h"
#include "lib/record/scan.h"

#define ANSWERS_MAX 20 /* a token that is new each time never ends */

static const char *next, *end;
static int answers;

/* --- dummies for what lies beyond: the network and standard output -------- */

void
http_init(void)
{
}

int
api_init(struct api *api, const char *account)
{
	static char root[] = "https://library.example";

	(void)account;
	memset(api, 0, sizeof(*api));
	api->library = root;
	buf_init(&api->reply.body, SIZE_MAX / 4);
	return 0;
}

void
api_release(struct api *api)
{
	buf_release(&api->reply.body);
}

enum status
api_status(enum api_result result)
{
	return result == API_OK ? STATUS_DONE : STATUS_STOPPED;
}

/* As lib/google/api.c takes an answer of status 200. */
enum api_result
api_call(struct api *api, enum api_service service, const char *method,
    const char *url, const char *body, const struct shape *shape,
    struct json_object **answer)
{
	struct buf *reply = &api->reply.body;
	const char *newline;
	size_t n;

	(void)service;
	(void)method;
	(void)url;
	*answer = NULL;
	DEMAND(body == NULL ||
	    scan_object(body, strlen(body), 64, NULL, NULL) == NULL);
	if (next >= end || answers++ == ANSWERS_MAX)
		return API_GAVE_UP;
	newline = memchr(next, '\n', (size_t)(end - next));
	n = newline != NULL ? (size_t)(newline - next) : (size_t)(end - next);
	buf_clear(reply);
	buf_add(reply, next, n);
	next += n + 1;
	if (scan_object(reply->data, reply->len, 64, NULL, NULL) == NULL)
		*answer = json_parse(reply->data, reply->len);
	if (*answer != NULL && shape_fits(*answer, shape))
		return API_OK;
	json_object_put(*answer);
	*answer = NULL;
	return API_GAVE_UP;
}

void
spool_init(struct spool *s, int (*open_file)(void *arg), void *arg)
{
	(void)s;
	(void)open_file;
	(void)arg;
}

void
spool_add(struct spool *s, const char *line, size_t n)
{
	struct record rec;

	(void)s;
	record_init(&rec);
	DEMAND(record_parse(&rec, line, n, NULL) == 0);
	DEMAND(record_failed(&rec) || record_text(&rec, "url") != NULL);
	record_release(&rec);
}

void
spool_end(struct spool *s)
{
	(void)s;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct list_options opt = { .account = "default" };
	struct lister l;
	bool album = size > 0 && data[0] == '#';

	next = (const char *)data + album;
	end = (const char *)data + size;
	answers = 0;
	lister_init(&l, &opt);
	l.what = "fuzz";
	if (album)
		library_list_album(&l, "A\"1");
	else
		library_list(&l, "");
	DEMAND(l.found >= counts_get(&l.counts, "listed") &&
	    counts_get(&l.counts, "listed") >= counts_get(&l.counts, "failed"));
	lister_release(&l);
	return 0;
}
