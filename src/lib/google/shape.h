/* What Google's answers must be like to be whole. */
#ifndef GP_LIB_GOOGLE_SHAPE_H
#define GP_LIB_GOOGLE_SHAPE_H

#include <json-c/json_object.h>
#include <stdbool.h>

/* A member; in a table of them the last one has no name. */
struct shape {
	const char *name;
	enum json_type type;
	const struct shape *inner; /* of an object, of each one in an array */
	bool needed;
};

/* Pages: both members may be absent, "{}" is one. */
extern const struct shape shape_albums[]; /* of the Library API's albums */
extern const struct shape shape_library[]; /* of its media items */
extern const struct shape shape_picked[]; /* of the Picker API's */

extern const struct shape shape_album[];
extern const struct shape shape_batch[]; /* of mediaItems:batchGet */
extern const struct shape shape_session[]; /* of the Picker API */

/* Whether O is an object of SHAPE: what is needed is there, what is there has
 * its type. Other members are Google's affair; one of nothing but such is
 * another answer than this. */
bool shape_fits(struct json_object *o, const struct shape *shape);

#endif
