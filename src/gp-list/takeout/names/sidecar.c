#include "gp-list/takeout/names/sidecar.h"

#include <string.h>
#include <time.h>

#include "gp-list/media/mime.h"
#include "gp-list/takeout/names/takeout-name.h"
#include "lib/mem.h"
#include "lib/num.h"
#include "lib/record/json.h"

#define FIRST_PHOTO INT64_C(-4544208000) /* 1826-01-01 */
#define ZERO_OF_VIDEOS INT64_C(-2082844800) /* 1904-01-01, of MP4 headers */

bool
sidecar_time_is_sane(int64_t seconds)
{
	return seconds != 0 && seconds != ZERO_OF_VIDEOS &&
	    seconds >= FIRST_PHOTO && seconds <= (int64_t)time(NULL) + NUM_DAY;
}

/* What only a photo's sidecar has; an album's file has title, description,
 * access, date, location, geoData, enrichments, sharedAlbumComments. */
static bool
is_photo(struct json_object *tree)
{
	static const char *const members[] = { "photoTakenTime", "imageViews",
		"url", "creationTime", "geoDataExif", "people",
		"googlePhotosOrigin", "photoLastModifiedTime",
		"modificationTime", "trashed" };
	size_t i;

	for (i = 0; i < COUNT(members); i++) {
		if (json_get(tree, members[i]) != NULL)
			return true;
	}
	return false;
}

/* {"title":"IMG_1.jpg"} beside IMG_1.jpg is no album. */
static bool
is_bare_photo(const char *name, const char *title)
{
	return mime_of(NULL, 0, title) != NULL &&
	    takeout_name_explains(name, title);
}

static enum sidecar_type
type_of(const struct sidecar *s, const char *name)
{
	if (s->tree == NULL)
		return SIDECAR_BROKEN;
	if (json_get(s->tree, "albumData") != NULL)
		return SIDECAR_ALBUM;
	if (is_photo(s->tree))
		return SIDECAR_PHOTO;
	if (s->title == NULL || json_get(s->tree, "externalOrderId") != NULL)
		return SIDECAR_NONE;
	return is_bare_photo(name, s->title) ? SIDECAR_PHOTO : SIDECAR_ALBUM;
}

static bool
flag(struct json_object *tree, const char *name)
{
	struct json_object *value = json_get(tree, name);

	/* json-c takes any text for true */
	return json_object_is_type(value, json_type_boolean) &&
	    json_object_get_boolean(value) != 0;
}

static void
read_photo(struct sidecar *s)
{
	s->url = json_text(s->tree, "url");
	if (s->url != NULL && *s->url == '\0')
		s->url = NULL;
	s->proven = json_int(json_get(s->tree, "photoTakenTime"), "timestamp",
			&s->taken) == 0;
	s->has_taken = s->proven && sidecar_time_is_sane(s->taken);
	s->trashed = flag(s->tree, "trashed");
	s->archived = flag(s->tree, "archived");
	s->partner = json_get(json_get(s->tree, "googlePhotosOrigin"),
			 "fromPartnerSharing") != NULL;
}

void
sidecar_read(struct sidecar *s, const char *name, const char *json, size_t n)
{
	memset(s, 0, sizeof(*s));
	s->tree = json_parse(json, n);
	s->title = json_text(s->tree, "title");
	s->type = type_of(s, name);
	if (s->type == SIDECAR_PHOTO)
		read_photo(s);
	else if (s->type == SIDECAR_ALBUM && s->title == NULL)
		s->title = json_text(json_get(s->tree, "albumData"), "title");
}

void
sidecar_release(struct sidecar *s)
{
	json_object_put(s->tree);
	memset(s, 0, sizeof(*s));
}
