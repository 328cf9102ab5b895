/* What --check asks of the lists of checksums: whether each is what the index
 * says of its folder. What is wrong is said, and counted. */
#ifndef GP_INDEX_MODES_CHECK_LISTS_H
#define GP_INDEX_MODES_CHECK_LISTS_H

#include "gp-index/db/index.h"

struct check_lists {
	struct index *ix;
	sqlite3_stmt *by_name, *in_folder, *changed;
	int64_t found; /* what is wrong */
	/* names of the list at hand whose sum is another */
	int64_t contradicted;
};

/* Reads what open events tell of lists. 0, or -1 with the reason said;
 * check_lists_end() frees in either case, before the index is closed. */
int check_lists_begin(struct check_lists *c, struct index *ix);
void check_lists_end(struct check_lists *c);

/* Whether the index has a file at PATH, or one on its way there: 1, 0, or -1
 * with the reason said. */
int check_lists_know(struct check_lists *c, const char *path);

/* Holds the list of FOLDER against the index, line by line. 0, or -1 where the
 * index failed, as is said. */
int check_lists_folder(struct check_lists *c, const char *folder);

/* FOLDER's list is not read: what it names nobody knows. 0, or -1 with the
 * reason said. */
int check_lists_unread(struct check_lists *c, const char *folder);

/* After all folders: names what lists said once, say no more, and nothing
 * settled, neither before this nor meanwhile. 0, or -1 with the reason said. */
int check_lists_owed(struct check_lists *c);

#endif
