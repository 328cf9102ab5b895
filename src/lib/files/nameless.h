/* Files without a name. */
#ifndef GP_LIB_FILES_NAMELESS_H
#define GP_LIB_FILES_NAMELESS_H

#include <stdbool.h>

/* A new file without a name in directory DIRFD, for reading and writing; it is
 * gone when it is closed. Where it must have one for a moment and the process
 * is killed in that, whoever sweeps the folder knows it by nameless_is(). fd,
 * or -1 with errno. */
int nameless_make(int dirfd);

/* Whether NAME is one that nameless_make() gives for a moment where it must: a
 * killed program may leave it. */
bool nameless_is(const char *name);

#endif
