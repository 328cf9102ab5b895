/* The Picker API: what a person picks in the browser. */
#ifndef GP_LIST_GOOGLE_PICKER_H
#define GP_LIST_GOOGLE_PICKER_H

#include "gp-list/lister.h"

/* What is said when nothing is found (struct source). */
#define PICKER_EMPTY                                                           \
	"what was picked is listed again next time, and picker:new begins "    \
	"another session"

/* As the list function of a source (source.h); ARG is empty, or "new": another
 * session is begun at once. */
int picker_list(struct lister *l, const char *arg);

#endif
