/* The albums that the Library API shows. */
#ifndef GP_LIST_GOOGLE_ALBUMS_H
#define GP_LIST_GOOGLE_ALBUMS_H

#include "gp-list/google/pages.h"

/* Hands all albums to TAKE, in Google's order, until it says false; 0, or -1
 * with the reason said. */
int albums_walk(struct lister *l,
    bool (*take)(struct lister *l, void *arg, const struct page_item *album),
    void *arg);

/* One record an album. As the albums function of a source; ARG is empty. */
int albums_list(struct lister *l, const char *arg);

#endif
