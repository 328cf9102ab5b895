/* Removing a folder with all that is in it. */
#ifndef GP_LIB_FILES_REMOVE_TREE_H
#define GP_LIB_FILES_REMOVE_TREE_H

/* Removes PATH, a file or a folder with all in it, following no link; nothing
 * there is fine. 0, or -1 with errno at the first that can't be removed. */
int remove_tree(const char *path);

#endif
