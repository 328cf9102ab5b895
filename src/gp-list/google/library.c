#include "gp-list/google/library.h"

#include <stdlib.h>
#include <string.h>

#include "gp-list/google/albums.h"
#include "gp-list/google/media-item.h"
#include "lib/google/page-url.h"
#include "lib/mem.h"
#include "lib/name.h"
#include "lib/program/msg.h"
#include "lib/record/json-member.h"
#include "lib/record/json.h"

struct album {
	char *id; /* owned; NULL: the whole library */
	char *title; /* owned */
	int64_t items; /* as Google counts them, 0 when unknown */
};

static void
album_release(struct album *album)
{
	free(album->id);
	free(album->title);
	album->id = album->title = NULL;
}

static void
album_read(struct album *album, struct json_object *tree)
{
	const char *title = json_text(tree, "title");

	album->title = mem_strdup(title != NULL ? title : "");
	if (json_int(tree, "mediaItemsCount", &album->items) < 0)
		album->items = 0;
}

static enum api_result
ask_all(struct lister *l, const char *token, struct json_object **answer)
{
	enum api_result result;
	char *url = page_url(l->api.library, "mediaItems", NULL, API_PAGE_SIZE,
	    token);

	result = api_call(&l->api, API_LIBRARY, "GET", url, NULL, shape_library,
	    answer);
	free(url);
	return result;
}

static enum api_result
ask_album(struct lister *l, const char *id, const char *token,
    struct json_object **answer)
{
	enum api_result result;
	struct buf body;
	char *url;

	buf_init(&body, (size_t)1024 * 1024);
	buf_addc(&body, '{');
	json_add_name(&body, "pageSize");
	buf_adds(&body, API_PAGE_SIZE);
	json_add_text(&body, "albumId", id);
	if (*token != '\0')
		json_add_text(&body, "pageToken", token);
	buf_addc(&body, '}');
	url = mem_printf("%s/v1/mediaItems:search", l->api.library);
	result = api_call(&l->api, API_LIBRARY, "POST", url, body.data,
	    shape_library, answer);
	free(url);
	buf_release(&body);
	return result;
}

static enum api_result
ask(struct lister *l, void *arg, const char *token, struct json_object **answer)
{
	const struct album *album = arg;

	if (album->id == NULL)
		return ask_all(l, token, answer);
	return ask_album(l, album->id, token, answer);
}

static bool
take(struct lister *l, void *arg, const struct page_item *from)
{
	const struct album *album = arg;
	struct json_object *tree = from->tree;
	struct json_object *meta = json_get(tree, "mediaMetadata");
	struct json_object *video = json_get(meta, "video");
	struct media_item item = { .from = from, .source = "library" };

	item.id = json_text(tree, "id");
	item.filename = media_item_filename(tree);
	item.mime = json_text(tree, "mimeType");
	item.base_url = json_text(tree, "baseUrl");
	item.created = json_text(meta, "creationTime");
	item.size = meta;
	item.state = json_text(video, "status");
	item.video = video != NULL ||
	    (item.mime != NULL && strncmp(item.mime, "video/", 6) == 0);
	item.album_id = album->id;
	item.album_title = album->title;
	return media_item_emit(l, &item);
}

/* Items of other people's are simply not there: the count gives them away. */
static void
compare_count(const struct lister *l, const struct album *album)
{
	if (album->items > l->found && !lister_full(l))
		msg(l->what,
		    "Google counts %lld items in this album but "
		    "shows %lld: the others were not uploaded by this app, or "
		    "by other people",
		    (long long)album->items, (long long)l->found);
}

static int
walk(struct lister *l, struct album *album)
{
	const struct pages pages = { "mediaItems", ask, take, album, NULL };
	int result;

	result = pages_walk(l, &pages);
	if (result == 0)
		compare_count(l, album);
	return result;
}

int
library_list(struct lister *l, const char *arg)
{
	struct album all = { NULL, NULL, 0 };

	(void)arg;
	if (lister_open_api(l) == NULL)
		return -1;
	return walk(l, &all);
}

/* Nobody documents how Google refuses an album that is not the app's own:
 * 400, 403 and 404 all may mean it. */
static int
no_album(struct lister *l, enum api_result result)
{
	if (result == API_NOT_FOUND || result == API_BAD)
		msg(l->what, "no such album, or none of this app's; %s",
		    LIBRARY_EMPTY);
	else if (result == API_DENIED)
		msg(l->what, "%s", LIBRARY_EMPTY);
	return lister_stop(l, result);
}

int
library_list_album(struct lister *l, const char *id)
{
	struct album album = { NULL, NULL, 0 };
	struct json_object *answer;
	enum api_result result;
	char *escaped, *url;
	int listed;

	if (lister_open_api(l) == NULL)
		return -1;
	escaped = pages_escape(id);
	url = mem_printf("%s/v1/albums/%s", l->api.library, escaped);
	result = api_call(&l->api, API_LIBRARY, "GET", url, NULL, shape_album,
	    &answer);
	free(url);
	free(escaped);
	if (result != API_OK)
		return no_album(l, result);
	album.id = mem_strdup(id);
	album_read(&album, answer);
	json_object_put(answer);
	listed = walk(l, &album);
	album_release(&album);
	return listed;
}

struct title_search {
	char *title; /* NFC */
	struct album found;
	int matches;
};

static bool
match_title(struct lister *l, void *arg, const struct page_item *from)
{
	struct title_search *s = arg;
	const char *id = json_text(from->tree, "id");
	const char *title = json_text(from->tree, "title");
	char *nfc;

	if (id == NULL || title == NULL)
		return true;
	nfc = name_nfc(title);
	if (strcmp(nfc, s->title) == 0) {
		s->matches++;
		if (s->matches == 1) {
			s->found.id = mem_strdup(id);
			album_read(&s->found, from->tree);
		} else {
			msg(l->what, "another album has this title: %s", id);
		}
	}
	free(nfc);
	return true;
}

static int
list_found(struct lister *l, struct title_search *s)
{
	if (s->matches == 1)
		return walk(l, &s->found);
	if (s->matches == 0)
		msg(l->what,
		    "no album of this app has this title (gp-list "
		    "--albums shows those there are); %s",
		    LIBRARY_EMPTY);
	else
		msg(l->what,
		    "%d albums have this title; the first is %s: "
		    "give the id of the one you mean",
		    s->matches, s->found.id);
	status_raise(&l->status, STATUS_STOPPED);
	return -1;
}

int
library_list_title(struct lister *l, const char *title)
{
	struct title_search s = { name_nfc(title), { NULL, NULL, 0 }, 0 };
	int result;

	result = albums_walk(l, match_title, &s);
	if (result == 0)
		result = list_found(l, &s);
	album_release(&s.found);
	free(s.title);
	return result;
}
