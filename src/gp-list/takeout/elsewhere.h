/* Where else a photo lies: in the other exports of the folder. The photo that
 * is damaged in one export is whole in the next. */
#ifndef GP_LIST_TAKEOUT_ELSEWHERE_H
#define GP_LIST_TAKEOUT_ELSEWHERE_H

#include "gp-list/takeout/takeout-state.h"

/* A photo of the export at hand. */
struct elsewhere_photo {
	int64_t size, crc;
	const char *name; /* without its folder */
};

/* Notes the places of all media, where there are two exports or more, before
 * any of them is listed. Damage is not said: who lists the part says it. 0, or
 * -1 with the reason said. */
int elsewhere_note(struct takeout *t);

/* Takes the catalogs of damaged parts away that elsewhere_note() left: what is
 * downloaded again may have the same size and time. */
void elsewhere_end(struct takeout *t);

/* Calls TAKE for some places of P in exports other than the one at hand: those
 * in whole parts first. */
void elsewhere_each(struct takeout *t, const struct elsewhere_photo *p,
    void (*take)(void *arg, const struct takeout_export *x, int64_t part,
	const char *path),
    void *arg);

/* Whether a part of another export that is whole has P. */
bool elsewhere_is_whole(struct takeout *t, const struct elsewhere_photo *p);

#endif
