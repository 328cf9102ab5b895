/* What the file is that has an index's place, before it may be moved aside. */
#ifndef GP_INDEX_DB_INDEX_STATE_H
#define GP_INDEX_DB_INDEX_STATE_H

enum index_state {
	INDEX_WHOLE,
	INDEX_DAMAGED, /* SQLite proves it; or it is an empty database */
	INDEX_UNTOLD /* in use, unreadable, or perhaps not an index at all */
};

/* Reads the index at PATH, of whatever version, through. What is wrong is said,
 * and of INDEX_UNTOLD what to do. */
enum index_state index_state_of(const char *path);

#endif
