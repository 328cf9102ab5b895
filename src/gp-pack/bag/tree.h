/* Folders with all that is in them. */
#ifndef GP_PACK_BAG_TREE_H
#define GP_PACK_BAG_TREE_H

#include <stdbool.h>
#include <stdint.h>

/* Removes PATH and all below; no link is followed. 0 (also where nothing is
 * there), or -1 with the reason said. */
int tree_discard(const char *path);

/* Removes from folder PATH what has a name that IS_OURS says an interrupted run
 * left. 0, or -1 with the reason said. */
int tree_sweep(const char *path, bool (*is_ours)(const char *name));

/* Sets the times of all folders at and below PATH, and of all files but those
 * in PATH/data, which are the archive's too. 0, or -1 with the reason said. */
int tree_date(const char *path, int64_t seconds);

/* How many files and folders are at and below PATH, and how many folders of
 * them. 0, or -1 with the reason said. */
int tree_count(const char *path, int64_t *all, int64_t *folders);

/* Makes the folders of file NAME below DIRFD ("data/2024/2024-05/x"). 0, or -1
 * with errno. */
int tree_make_parents(int dirfd, const char *name);

#endif
