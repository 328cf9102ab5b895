#include <string.h>

#include "gp-list/dir.h"
#include "gp-list/google/albums.h"
#include "gp-list/google/library.h"
#include "gp-list/google/picker.h"
#include "gp-list/source.h"
#include "gp-list/takeout/takeout.h"
#include "lib/mem.h"

static const struct source sources[] = {
	{ "library:", library_list, albums_list, NULL, NULL, ALBUM_GIVEN,
	    LIBRARY_EMPTY },
	{ "album:", library_list_title, NULL, "a title", NULL, ALBUM_GIVEN,
	    LIBRARY_EMPTY },
	{ "takeout:", takeout_list, takeout_albums, "a path", NULL,
	    ALBUM_CHOSEN, NULL },
	{ "picker:", picker_list, NULL, NULL, "new", ALBUM_NAMED,
	    PICKER_EMPTY },
	{ "dir:", dir_list, NULL, "a folder", NULL, ALBUM_NAMED, NULL },
	{ "", library_list_album, NULL, "an album id", NULL, ALBUM_GIVEN,
	    LIBRARY_EMPTY },
};

/* Google's ids have no colon: what looks like a prefix is meant as one. */
static bool
looks_like_prefix(const char *text)
{
	size_t n;

	n = strspn(text, "abcdefghijklmnopqrstuvwxyz");
	return n > 0 && text[n] == ':';
}

const struct source *
source_find(const char *text, const char **arg)
{
	size_t i, n;

	for (i = 0; i < COUNT(sources); i++) {
		n = strlen(sources[i].prefix);
		if (n == 0 && looks_like_prefix(text))
			return NULL;
		if (strncmp(text, sources[i].prefix, n) == 0) {
			*arg = text + n;
			return &sources[i];
		}
	}
	return NULL;
}
