/* What the folders of an export are: albums, years, the trash. */
#ifndef GP_LIST_TAKEOUT_FOLDER_H
#define GP_LIST_TAKEOUT_FOLDER_H

#include "gp-list/takeout/takeout-state.h"

/* Decides what each folder is, and what is in the trash. */
void takeout_classify_folders(struct takeout *t);

/* Marks as found what of --album names TITLE (case aside); whether any does. */
bool takeout_mark_album(struct takeout *t, const char *title);

#endif
