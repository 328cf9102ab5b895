#include "gp-list/google/albums.h"

#include <stdlib.h>

#include "lib/google/page-url.h"
#include "lib/program/msg.h"
#include "lib/record/json.h"

static enum api_result
ask(struct lister *l, void *arg, const char *token, struct json_object **answer)
{
	enum api_result result;
	char *url = page_url(l->api.library, "albums", NULL,
	    API_ALBUMS_PAGE_SIZE, token);

	(void)arg;
	result = api_call(&l->api, API_LIBRARY, "GET", url, NULL, shape_albums,
	    answer);
	free(url);
	return result;
}

int
albums_walk(struct lister *l,
    bool (*take)(struct lister *l, void *arg, const struct page_item *album),
    void *arg)
{
	const struct pages pages = { "albums", ask, take, arg, NULL };

	if (lister_open_api(l) == NULL)
		return -1;
	return pages_walk(l, &pages);
}

static bool
emit(struct lister *l, void *arg, const struct page_item *album)
{
	const char *id = json_text(album->tree, "id");
	const char *title = json_text(album->tree, "title");
	struct record rec;
	int64_t items = 0; /* Google leaves zero out */
	bool more;

	(void)arg;
	if (id == NULL) {
		msg(title, "an album without an id");
		status_raise(&l->status, STATUS_SOME);
		return true;
	}
	if (json_int(album->tree, "mediaItemsCount", &items) < 0)
		items = 0;
	record_init(&rec);
	record_new(&rec, id);
	record_set_text(&rec, "source", "library");
	record_set_text(&rec, "account", l->opt->account);
	lister_set_album(&rec, id, title != NULL ? title : "");
	record_set_text(&rec, "title", title != NULL ? title : "");
	record_set_int(&rec, "items", items);
	lister_set_metadata(&rec, album->text, album->text_len);
	more = lister_emit(l, &rec);
	record_release(&rec);
	return more;
}

int
albums_list(struct lister *l, const char *arg)
{
	(void)arg;
	return albums_walk(l, emit, NULL);
}
