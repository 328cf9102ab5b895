/*
 * A file from front to end, unpacked where it is gzipped (RFC 1952), as it is
 * where not. The CRC-32 and length of what was packed are proved.
 */
#ifndef GP_LIB_PACKAGE_GUNZIP_H
#define GP_LIB_PACKAGE_GUNZIP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct gunzip;

/* Opens the file at PATH; NULL with errno. gunzip_close() in the end. */
struct gunzip *gunzip_open(const char *path);

/* The next bytes: how many, *BLOCK until the next call; 0 at the end, -1 where
 * it can't go on: gunzip_reason(). What follows the packed bytes and is none is
 * left unread, as gzip(1) does. */
ssize_t gunzip_next(struct gunzip *g, const void **block);

/* Why it can't go on, in a few words. */
const char *gunzip_reason(const struct gunzip *g);

/* Bytes of the file that were read so far. */
int64_t gunzip_packed(const struct gunzip *g);

/* Whether it is gzipped. */
bool gunzip_is_packed(const struct gunzip *g);

/* Closes it; NULL is fine. */
void gunzip_close(struct gunzip *g);

#endif
