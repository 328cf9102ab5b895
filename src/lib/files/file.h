/*
 * Files, durably. Below a directory fd only openat() with O_NOFOLLOW, each
 * component of a path checked. New files: lib/files/publish.h.
 */
#ifndef GP_LIB_FILES_FILE_H
#define GP_LIB_FILES_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "lib/buf.h"

/* Whether A and B are of one file, under whatever names. */
static inline bool
file_is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Writes all N bytes; 0, or -1 with errno. */
int file_write_all(int fd, const void *p, size_t n);

/* Reads up to N bytes, less only at the end; bytes read, or -1 with errno. */
ssize_t file_read_full(int fd, void *p, size_t n);

/* The same from OFFSET on, wherever FD stands. */
ssize_t file_read_at(int fd, void *p, size_t n, int64_t offset);

/* Opens regular file NAME below DIRFD (AT_FDCWD allowed) for reading, with
 * FLAGS as for openat besides, and never waits for who would write to a FIFO.
 * fd, or -1 with errno (EINVAL where it is something else). */
int file_open(int dirfd, const char *name, int flags);

/* What errno ERROR of file_open() or file_load() means, in words. */
const char *file_reason(int error);

/* flock(2) of FD, which waits whatever signals come. 0, or -1 with errno. */
int file_lock(int fd, int operation);

/* Whether errno ERROR of flock(2) means that the disk has no such locks. */
bool file_lock_is_missing(int error);

/* What errno ERROR of flock(2) means, in words. */
const char *file_lock_reason(int error);

/* Appends the whole of regular file NAME below DIRFD (AT_FDCWD allowed) to B;
 * 0, or -1 with errno (as file_open(), EFBIG beyond B's maximum). */
int file_load(int dirfd, const char *name, struct buf *b);

/* Whether PATH is relative and without empty, "." or ".." components. */
bool file_path_is_safe(const char *path);

/* Opens safe relative PATH below DIRFD, following no link in any component;
 * FLAGS as for openat (O_CLOEXEC and O_NOFOLLOW are added). fd, or -1 with
 * errno (EINVAL where the path is not safe, ELOOP or ENOTDIR at a link). */
int file_open_below(int dirfd, const char *path, int flags, mode_t mode);

/* Makes directory NAME below DIRFD if it is not there and opens it. fd, or -1
 * with errno. */
int file_make_dir(int dirfd, const char *name);

/* Gives FROM below FROMDIR the name TO below TODIR, never over something that
 * is there (errno EEXIST). 0, or -1 with errno. */
int file_rename_new(int fromdir, const char *from, int todir, const char *to);

/* fsync of a directory; file systems that can't (EINVAL) are taken at their
 * word. 0, or -1 with errno. */
int file_sync_dir(int dirfd);

/* Copies all of IN to OUT (copy_file_range where it works); bytes, or -1 with
 * errno and, if UNREAD is not NULL, whether it was IN that failed in that. */
int64_t file_copy(int in, int out, bool *unread);

#endif
