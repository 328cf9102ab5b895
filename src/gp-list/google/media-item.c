#include "gp-list/google/media-item.h"

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/num.h"
#include "lib/program/msg.h"
#include "lib/record/json.h"

/* Without its name a photo would be stored without its extension. */
const char *
media_item_filename(struct json_object *o)
{
	struct json_object *value = json_get(o, "filename");
	struct buf name;
	size_t i;

	if (!json_object_is_type(value, json_type_string))
		return NULL;
	buf_init(&name, SIZE_MAX / 4);
	buf_add(&name, json_object_get_string(value),
	    (size_t)json_object_get_string_len(value));
	for (i = 0; i < name.len; i++) {
		if (name.data[i] == '\0')
			name.data[i] = '_';
	}
	if (name.len > 0 &&
	    json_object_set_string_len(value, name.data, (int)name.len) == 0)
		msg_die("out of memory");
	buf_release(&name);
	return json_object_get_string(value);
}

static void
set_text(struct record *rec, const char *name, const char *value)
{
	if (value != NULL && *value != '\0')
		record_set_text(rec, name, value);
}

/* RFC 3339 in UTC as it is, other offsets turned into UTC; what is no time is
 * left out (metadata still has it). */
static void
set_created(struct record *rec, const char *created)
{
	char utc[NUM_TIME_SIZE];
	int64_t seconds;

	if (created == NULL || num_parse_time(created, &seconds, NULL) < 0)
		return;
	if (created[strlen(created) - 1] == 'Z')
		record_set_text(rec, "creationTime", created);
	else if (num_format_time(utc, seconds) == 0)
		record_set_text(rec, "creationTime", utc);
}

static void
set_size(struct record *rec, const char *name, struct json_object *from)
{
	int64_t n;

	if (json_int(from, name, &n) == 0 && n > 0)
		record_set_int(rec, name, n);
}

/* The bytes of a photo are =d, of a video =dv: =d would be a still of it. */
static void
set_url(struct record *rec, const struct media_item *item)
{
	char *url;

	if (item->base_url == NULL || *item->base_url == '\0')
		return;
	url = mem_printf("%s=%s", item->base_url, item->video ? "dv" : "d");
	record_set_text(rec, "url", url);
	set_text(rec, "urlTime", item->from->time);
	free(url);
}

static void
set_members(struct lister *l, struct record *rec, const struct media_item *item)
{
	record_set_text(rec, "source", item->source);
	record_set_text(rec, "account", l->opt->account);
	lister_set_album(rec, item->album_id, item->album_title);
	set_text(rec, "filename", item->filename);
	set_text(rec, "mimeType", item->mime);
	set_created(rec, item->created);
	set_size(rec, "width", item->size);
	set_size(rec, "height", item->size);
	record_set_text(rec, "original", "no");
	set_url(rec, item);
	if (item->session != NULL) {
		record_set_text(rec, "session", item->session);
		record_set_text(rec, "page", item->from->page_token);
	}
	lister_set_metadata(rec, item->from->text, item->from->text_len);
}

/* An item without an id is no record: all that can be said of it is an error.
 */
static bool
emit_nameless(struct lister *l, const struct media_item *item)
{
	struct record rec;
	bool more;

	record_init(&rec);
	record_new(&rec, NULL);
	set_members(l, &rec, item);
	record_fail(&rec, "missing-field", "the item has no id");
	more = lister_emit(l, &rec);
	record_release(&rec);
	return more;
}

bool
media_item_emit(struct lister *l, const struct media_item *item)
{
	const char *name = item->filename;
	struct record rec;
	size_t n;
	bool more;

	if (item->video && item->state != NULL &&
	    strcmp(item->state, "PROCESSING") == 0) {
		lister_leave(l, name != NULL ? name : item->id,
		    "Google is still processing this video");
		return true;
	}
	if (item->id == NULL || *item->id == '\0')
		return emit_nameless(l, item);
	record_init(&rec);
	record_new(&rec, item->id);
	set_members(l, &rec, item);
	if (item->video && item->state != NULL &&
	    strcmp(item->state, "FAILED") == 0)
		record_fail(&rec, "processing",
		    "Google could not process this video: there are no bytes");
	else if (record_get(&rec, "url", &n) == NULL)
		record_fail(&rec, "missing-field",
		    "the item has no baseUrl to fetch it from");
	more = lister_emit(l, &rec);
	record_release(&rec);
	return more;
}
