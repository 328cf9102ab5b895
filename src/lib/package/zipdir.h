/*
 * Where in a large zip its directory is, and where slices of that begin. Only
 * how long each entry is, is read here: what they say, libzip reads
 * (zipslice.h).
 */
#ifndef GP_LIB_PACKAGE_ZIPDIR_H
#define GP_LIB_PACKAGE_ZIPDIR_H

#include <stdint.h>

#ifndef ZIPDIR_SLICE /* tests/fuzz has small ones */
#define ZIPDIR_FROM 16384 /* members; libzip takes 6 MiB for fewer */
#define ZIPDIR_SLICE 2048 /* members of a slice */
#endif

/* Bytes of a zip's parts, and how each begins (PKWARE's APPNOTE.TXT, 6.3). */
#define ZIP_ENTRY 46 /* 4.3.12, without its three texts */
#define ZIP_END64 56 /* 4.3.14 */
#define ZIP_LOCATOR 20 /* 4.3.15 */
#define ZIP_END 22 /* 4.3.16, without its comment */
#define ZIP_ENTRY_MAGIC "PK\1\2"
#define ZIP_END64_MAGIC "PK\6\6"
#define ZIP_LOCATOR_MAGIC "PK\6\7"
#define ZIP_END_MAGIC "PK\5\6"

struct zipdir {
	int fd; /* of the zip */
	int64_t at, size; /* of the directory, bytes */
	int64_t count; /* members */
	int64_t *slice; /* where each begins; one more: where the last ends;
			 * NULL: see zipdir_find() */
};

/* The directory of the zip at PATH; NULL where libzip should open it whole: it
 * is small, or anything about it is odd. */
struct zipdir *zipdir_open(const char *path);

/* The same of any zip, without slices; NULL where the file's end is not that of
 * a zip. */
struct zipdir *zipdir_find(const char *path);

/* D and what it holds; NULL is fine. */
void zipdir_close(struct zipdir *d);

/* N bytes of a zip at P as a number, the least first; -1 where it has none. */
int64_t zipdir_number(const unsigned char *p, int n);

#endif
