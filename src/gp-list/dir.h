/* `dir:` lists the photos and videos below a folder. */
#ifndef GP_LIST_DIR_H
#define GP_LIST_DIR_H

#include "gp-list/lister.h"

/* As the list function of a source (source.h); ARG is the folder. */
int dir_list(struct lister *l, const char *arg);

#endif
