#include "lib/google/shape.h"

#include <stddef.h>

#define TEXT(name)                                                             \
	{                                                                      \
		name, json_type_string, NULL, false                            \
	}
#define NEEDED(name)                                                           \
	{                                                                      \
		name, json_type_string, NULL, true                             \
	}
#define OBJECT(name, inner)                                                    \
	{                                                                      \
		name, json_type_object, inner, false                           \
	}
#define LIST(name, inner)                                                      \
	{                                                                      \
		name, json_type_array, inner, false                            \
	}
#define END                                                                    \
	{                                                                      \
		NULL, json_type_null, NULL, false                              \
	}

/* Of items that is asked which decides what is fetched, and as what: for less a
 * listing is not ended. An item without id or link is told one by one. */
static const struct shape video[] = { TEXT("status"), END };
static const struct shape metadata[] = { OBJECT("video", video), END };
static const struct shape item[] = { TEXT("id"), TEXT("baseUrl"),
	TEXT("filename"), TEXT("mimeType"), OBJECT("mediaMetadata", metadata),
	END };

static const struct shape picked_video[] = { TEXT("processingStatus"), END };
static const struct shape picked_metadata[] = {
	OBJECT("videoMetadata", picked_video), END
};
static const struct shape picked_file[] = { TEXT("baseUrl"), TEXT("filename"),
	TEXT("mimeType"), OBJECT("mediaFileMetadata", picked_metadata), END };
static const struct shape picked[] = { TEXT("id"), TEXT("type"),
	OBJECT("mediaFile", picked_file), END };

static const struct shape listed_album[] = { TEXT("id"), TEXT("title"), END };

static const struct shape status[] = { TEXT("message"), END };
static const struct shape result[] = { OBJECT("mediaItem", item),
	OBJECT("status", status), END };

const struct shape shape_albums[] = { LIST("albums", listed_album),
	TEXT("nextPageToken"), END };
const struct shape shape_library[] = { LIST("mediaItems", item),
	TEXT("nextPageToken"), END };
const struct shape shape_picked[] = { LIST("mediaItems", picked),
	TEXT("nextPageToken"), END };
const struct shape shape_album[] = { NEEDED("id"), TEXT("title"), END };
const struct shape shape_batch[] = {
	{ "mediaItemResults", json_type_array, result, true }, END
};
const struct shape shape_session[] = { NEEDED("id"), NEEDED("pickerUri"),
	TEXT("expireTime"), { "mediaItemsSet", json_type_boolean, NULL, false },
	END };

static bool members_fit(struct json_object *o, const struct shape *shape,
    int *found);

static bool
value_fits(struct json_object *value, const struct shape *shape)
{
	struct json_object *one;
	size_t i, n;
	int found;

	if (!json_object_is_type(value, shape->type))
		return false;
	if (shape->type == json_type_object)
		return members_fit(value, shape->inner, &found);
	n = shape->type == json_type_array ? json_object_array_length(value)
					   : 0;
	for (i = 0; i < n; i++) {
		one = json_object_array_get_idx(value, i);
		if (!json_object_is_type(one, json_type_object) ||
		    !members_fit(one, shape->inner, &found))
			return false;
	}
	return true;
}

/* *FOUND: how many of SHAPE's members O has. */
static bool
members_fit(struct json_object *o, const struct shape *shape, int *found)
{
	struct json_object *value;

	*found = 0;
	for (; shape->name != NULL; shape++) {
		if (!json_object_object_get_ex(o, shape->name, &value)) {
			if (shape->needed)
				return false;
			continue;
		}
		if (!value_fits(value, shape))
			return false;
		++*found;
	}
	return true;
}

bool
shape_fits(struct json_object *o, const struct shape *shape)
{
	int found;

	return json_object_is_type(o, json_type_object) &&
	    members_fit(o, shape, &found) &&
	    (found > 0 || json_object_object_length(o) == 0);
}
