/* Google's pages: asked for one by one until there is no token for more. */
#ifndef GP_LIST_GOOGLE_PAGES_H
#define GP_LIST_GOOGLE_PAGES_H

#include <json-c/json_object.h>

#include "gp-list/lister.h"

struct page_item {
	struct json_object *tree;
	const char *text, *page_token; /* as Google wrote it, without blanks;
				    the token of its page */
	size_t text_len;
	const char *time; /* when the page was asked for, RFC 3339 */
};

struct pages {
	const char *array; /* the answer's member with the items */
	/* Asks for the page with TOKEN ("" for the first). */
	enum api_result (*ask)(struct lister *l, void *arg, const char *token,
	    struct json_object **answer);
	/* Takes one item; false: enough. */
	bool (*item)(struct lister *l, void *arg, const struct page_item *item);
	void *arg;
	/* Sees the items of a page before the first of them is taken. 0, or -1
	 * with the reason said, where none may be. NULL: it need not. */
	int (*page)(struct lister *l, void *arg, struct json_object *items);
};

/* 0 when all pages were seen or an item was enough; -1 where it can't go on,
 * with the reason said. An item that a page repeats from the one before is
 * dropped; a token that comes twice ends it, for it would never end. */
int pages_walk(struct lister *l, const struct pages *pages);

/* Percent-encodes S for a URL's path or query; the caller frees. */
char *pages_escape(const char *s);

#endif
