#include "gp-list/takeout/google-export.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "gp-list/takeout/catalog/catalog.h"
#include "gp-list/takeout/names/sidecar.h"
#include "gp-list/takeout/names/takeout-path.h"
#include "gp-list/takeout/product.h"
#include "lib/files/path.h"
#include "lib/mem.h"
#include "lib/program/msg.h"
#include "lib/record/json.h"

#define NAMED "takeout-"

/* What was seen of a part. */
struct google_look {
	int64_t members;
	bool google;
};

/* Whether a folder of PATH is Google Photos', in some language. */
static bool
has_photos_folder(const char *path)
{
	const char *slash;
	char *name;
	bool found = false;

	for (slash = strchr(path, '/'); slash != NULL && !found;
	     slash = strchr(path, '/')) {
		name = mem_strndup(path, (size_t)(slash - path));
		found = product_is_photos(name);
		free(name);
		path = slash + 1;
	}
	return found;
}

bool
google_export_path(const char *path)
{
	bool rooted;

	takeout_below(path, &rooted);
	return rooted || has_photos_folder(path);
}

/* Other JSON may have some of a sidecar's members, but not this one. */
static bool
is_sidecar(const struct catalog_member *m)
{
	struct sidecar side;
	bool is;

	if (m->json == NULL)
		return false;
	sidecar_read(&side, path_base(m->name), m->json, m->json_len);
	is = side.type == SIDECAR_PHOTO &&
	    json_get(side.tree, "photoTakenTime") != NULL;
	sidecar_release(&side);
	return is;
}

static void
look(void *arg, const struct catalog_member *m)
{
	struct google_look *looked = arg;
	char *path;

	looked->members++;
	if (looked->google)
		return;
	path = takeout_path(m->name);
	looked->google = google_export_path(path) || is_sidecar(m);
	free(path);
}

/* Whether a look into the parts of X tells that it is none. */
static bool
is_foreign(struct takeout *t, const struct takeout_export *x)
{
	struct google_look looked = { .members = 0 };
	enum catalog_result result;
	char reason[CATALOG_REASON_MAX];
	size_t i;

	for (i = 0; i < x->parts && !looked.google; i++) {
		if (x->part[i].arriving)
			continue;
		result = catalog_read(lister_open_archive(t->l),
		    x->part[i].path, look, &looked, reason, sizeof(reason));
		if (result == CATALOG_FAILED || result == CATALOG_GROWING)
			return false; /* listing it says so */
	}
	return !looked.google && looked.members > 0;
}

bool
google_export_check(struct takeout *t, const struct takeout_export *x)
{
	size_t i;

	if (x->tree || x->alone ||
	    strncasecmp(x->name, NAMED, strlen(NAMED)) == 0 ||
	    !is_foreign(t, x))
		return true;
	for (i = 0; i < x->parts; i++)
		msg(path_base(x->part[i].path),
		    "left out: it is no Google export");
	return false;
}

bool
google_export_check_tree(struct takeout *t)
{
	char *inside;

	if (t->balance.members == 0 || t->balance.proven > 0)
		t->has_google = true;
	if (!t->has_google) {
		inside = mem_printf("%s/*", t->export->part[0].path);
		t->has_google = google_export_path(inside);
		free(inside);
	}
	if (!t->has_google)
		msg(t->export->name,
		    "left out: it is no Google export; a folder of photos is "
		    "listed as dir:%s",
		    t->export->part[0].path);
	return t->has_google;
}
