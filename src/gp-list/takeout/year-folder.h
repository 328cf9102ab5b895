/*
 * Year folders: what repeats across an export but for the year ("Photos from
 * 2019", "2020 yilina ait fotograflar"). There is one for a year, and all have
 * one name but for it; so an album "Chengdu City 2009" beside them is an album.
 */
#ifndef GP_LIST_TAKEOUT_YEAR_FOLDER_H
#define GP_LIST_TAKEOUT_YEAR_FOLDER_H

#include "gp-list/takeout/takeout-state.h"

/* The year in folder name NAME and, in *SHAPE, the name without it, which the
 * caller frees; 0 and NULL where it has none. */
int year_folder_read(const char *name, char **shape);

/* How likely SHAPE is that of year folders: 2, as Google calls them in a
 * language we know; 1, it has a word for photos; else 0. */
int year_folder_likelihood(const char *shape);

/* Notes a folder of that shape and year, which is so likely the year's. */
void year_folder_note(struct takeout *t, const char *shape, int year,
    int likelihood);

/* The shape of this export's year folders, which the caller frees; NULL where
 * it has none. */
char *year_folder_shape(struct takeout *t);

#endif
