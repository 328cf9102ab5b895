/* What SQLite keeps in memory for those who share an index is a file; where the
 * disk can't hold a page of it, the kernel sends SIGBUS. */
#ifndef GP_LIB_ARCHIVE_INDEX_FAULT_H
#define GP_LIB_ARCHIVE_INDEX_FAULT_H

#include <setjmp.h>

/* From now on such a signal ends the program in words about the index at PATH,
 * with STATUS_STOPPED: as a crash would, but for the silence. What the next
 * start recovers after a crash, it recovers after this. Once it was called,
 * it is the last PATH that counts. */
void index_fault_watch(const char *path);

/* From now on, until NULL is given, it says the words and goes to *TO instead,
 * once, for a program that has an input to drain. The signal comes as SQLite
 * touches that file and never from within a call of libc's, so that all but
 * SQLite can be used there; SQLite must not be, nor what it holds freed. TO is
 * of a function that has not returned; what lay between is lost. */
void index_fault_return(sigjmp_buf *to);

/* Afterwards: lets go of all locks, so that nobody waits for a program that
 * only drains its input. Closes all descriptors but 0, 1 and 2. */
void index_fault_unlock(void);

#endif
