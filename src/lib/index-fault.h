/* What SQLite keeps in memory for those who share an index is a file; where the
 * disk can't hold a page of it, the kernel sends SIGBUS. */
#ifndef GP_INDEX_FAULT_H
#define GP_INDEX_FAULT_H

/* From now on such a signal ends the program in words about the index at PATH,
 * with STATUS_STOPPED: as a crash would, but for the silence. What the next
 * start settles after a crash, it settles after this. Once it was called, it is
 * the last PATH that counts. */
void index_fault_watch(const char *path);

#endif
