/* What SQLite keeps in memory for those who share an index is a file; where the
 * disk can't hold a page of it, the kernel sends SIGBUS. */
#ifndef GP_LIB_ARCHIVE_INDEX_FAULT_H
#define GP_LIB_ARCHIVE_INDEX_FAULT_H

#include <stdbool.h>

/* From now on such a signal ends the program in words about the index at PATH,
 * with STATUS_STOPPED: as a crash would, but for the silence. What the next
 * start recovers after a crash, it recovers after this. Once it was called,
 * it is the last PATH that counts. */
void index_fault_watch(const char *path);

/* Calls WORK(ARG), for a program that has an input to drain, and returns true.
 * Where such a signal comes meanwhile, the words are said, WORK ends where it
 * is, all descriptors but 0, 1 and 2 are closed, so that nobody waits for its
 * locks, and false is returned. The signal comes as SQLite touches that file
 * and never from within a call of libc's, so that all but SQLite can be used
 * afterwards; SQLite must not be, nor what it holds freed. For one thread. */
bool index_fault_guard(void (*work)(void *arg), void *arg);

#endif
