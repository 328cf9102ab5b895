/* The text files of a bag. */
#ifndef GP_PACK_BAG_TEXT_FILE_H
#define GP_PACK_BAG_TEXT_FILE_H

#include <stdio.h>

/* A new text file NAME below DIRFD, in a folder that is there; NULL with the
 * reason said. The caller closes it with text_file_close(). */
FILE *text_file_create(int dirfd, const char *name);

/* Gives F, of NAME for messages, to the disk and closes it; 0, or -1 with the
 * reason said. */
int text_file_close(FILE *f, const char *name);

#endif
