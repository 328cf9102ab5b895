/*
 * Whether what stands before each member of a zip is what the directory at its
 * end says: libzip believes the directory alone, and a CRC-32 that went wrong
 * there would be listed as that of the photo. The photos' own bytes are not
 * read.
 */
#ifndef GP_LIB_PACKAGE_ZIPCHECK_H
#define GP_LIB_PACKAGE_ZIPCHECK_H

#include <stdint.h>

/* Compares them all in the zip at PATH: 0; else the number of the first member,
 * from 1, that is another than the directory says, or can't be found. -1 where
 * there is no directory, or it ends elsewhere than it should. */
int64_t zipcheck(const char *path);

#endif
