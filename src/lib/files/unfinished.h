/* Names of files that somebody is still writing: browsers, rclone and rsync add
 * an ending until all is there. */
#ifndef GP_LIB_FILES_UNFINISHED_H
#define GP_LIB_FILES_UNFINISHED_H

#include <stddef.h>

/* Bytes of NAME before such an ending; 0 where it has none, or nothing else. */
size_t unfinished_stem(const char *name);

#endif
