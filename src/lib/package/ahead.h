/*
 * Blocks that another thread makes ahead of the one that reads them: two
 * processors work on one stream.
 */
#ifndef GP_LIB_PACKAGE_AHEAD_H
#define GP_LIB_PACKAGE_AHEAD_H

#include <sys/types.h>

/* Makes the next block, at most N bytes; how many, 0 at the end, -1 where it
 * can't go on. Runs in the other thread, one call after the other. */
typedef ssize_t ahead_make(void *arg, void *block, size_t n);

struct ahead;

/* Starts the thread; N is the size of a block. NULL with errno. ahead_stop() in
 * the end. ARG is the thread's until MAKE has given 0 or -1, or ahead_stop().
 */
struct ahead *ahead_start(ahead_make *make, void *arg, size_t n);

/* What MAKE gave next, *BLOCK until the next call; 0 and -1 stay. */
ssize_t ahead_next(struct ahead *a, const void **block);

/* Ends the thread after the block that it is at; NULL is fine. */
void ahead_stop(struct ahead *a);

#endif
