/* The database of an index, opened: whatever lies at its place. */
#ifndef GP_LIB_ARCHIVE_INDEX_FILE_H
#define GP_LIB_ARCHIVE_INDEX_FILE_H

#include <sqlite3.h>
#include <stdbool.h>

/* Whether an index may lie at PATH, or where that leads to: 0, or -1 having
 * said that it is a disk of the network. */
int index_file_check_place(const char *path);

/* Opens the database at PATH; FLAGS as for sqlite3_open_v2(). Where it is for
 * READING alone, and its file system can't be written, SQLite is told that
 * nobody changes it, for else it wants to write beside it. 0; 1 where SQLite
 * fails, the reason in *DB; -1 with the reason said, as for a FIFO, which
 * SQLite would wait for. The caller closes *DB in any case. From then on
 * index_fault_watch() is on. */
int index_file_open(const char *path, int flags, bool reading, sqlite3 **db);

/* Whether the file system of PATH can't be written; false where that can't be
 * told. */
bool index_file_is_read_only(const char *path);

/* Whether what failed last on DB did so for want of room. */
bool index_file_lacks_room(sqlite3 *db);

#endif
