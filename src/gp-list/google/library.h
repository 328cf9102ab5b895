/* The Library API: what this very app uploaded (since March 2025). */
#ifndef GP_LIST_GOOGLE_LIBRARY_H
#define GP_LIST_GOOGLE_LIBRARY_H

#include "gp-list/lister.h"

#define LIBRARY_EMPTY                                                          \
	"since March 2025 Google shows an app only what that app itself "      \
	"uploaded; for albums made in Google Photos use picker:, takeout: "    \
	"or dir: (photos that other people added are in none of them)"

/* The list function of a source (source.h): everything. */
int library_list(struct lister *l, const char *arg);

/* The same for the album with that id, or with that title. */
int library_list_album(struct lister *l, const char *id);
int library_list_title(struct lister *l, const char *title);

#endif
