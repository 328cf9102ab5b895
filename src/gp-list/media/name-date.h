/* The time that is written in a file's name, as cameras and chats name files:
 * IMG_20230405_123456.jpg, Screenshot_2023-04-05-12-34-56.png,
 * VID-20230405-WA0001.mp4 (a date alone is its noon). */
#ifndef GP_LIST_MEDIA_NAME_DATE_H
#define GP_LIST_MEDIA_NAME_DATE_H

#include <stdbool.h>

#include "gp-list/media/media.h"

/* Sets from, taken and zone_assumed of M by NAME; false, and M is as it was,
 * where no date since 1990 that exists is in it. That it is to come is for the
 * caller to judge. */
bool name_date_read(struct media *m, const char *name);

#endif
