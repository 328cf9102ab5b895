/* Numbers of sections are those of PKWARE's APPNOTE.TXT, 6.3. */
#include "lib/package/zipdir.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/files/file.h"
#include "lib/mem.h"

#define COMMENT_MAX 65535

int64_t
zipdir_number(const unsigned char *p, int n)
{
	uint64_t value = 0;

	while (n-- > 0)
		value = value << 8 | p[n];
	return value > INT64_MAX ? -1 : (int64_t)value;
}

static bool
read_at(int fd, void *to, size_t n, int64_t at)
{
	return at >= 0 && file_read_at(fd, to, n, at) == (ssize_t)n;
}

static bool
is(const unsigned char *p, const char *magic)
{
	return memcmp(p, magic, 4) == 0;
}

/* 4.3.14: the directory of a file whose end is at END_AT. */
static bool
read_end64(struct zipdir *d, int64_t end_at)
{
	unsigned char locator[ZIP_LOCATOR], end[ZIP_END64];

	if (!read_at(d->fd, locator, ZIP_LOCATOR, end_at - ZIP_LOCATOR) ||
	    !is(locator, ZIP_LOCATOR_MAGIC) ||
	    !read_at(d->fd, end, ZIP_END64, zipdir_number(locator + 8, 8)) ||
	    !is(end, ZIP_END64_MAGIC))
		return false;
	d->count = zipdir_number(end + 32, 8);
	d->size = zipdir_number(end + 40, 8);
	d->at = zipdir_number(end + 48, 8);
	return zipdir_number(end + 24, 8) == d->count;
}

/* 4.3.16: the same from the file's last bytes P. */
static bool
read_end(struct zipdir *d, const unsigned char *p, int64_t end_at)
{
	d->count = zipdir_number(p + 10, 2);
	d->size = zipdir_number(p + 12, 4);
	d->at = zipdir_number(p + 16, 4);
	if (d->count == 0xffff || d->size == 0xffffffff || d->at == 0xffffffff)
		return read_end64(d, end_at);
	return zipdir_number(p + 8, 2) == d->count;
}

/* Where the directory is; false where that does not fit a file of SIZE
 * bytes. */
static bool
find(struct zipdir *d, int64_t size)
{
	const size_t n = size < ZIP_END + COMMENT_MAX ? (size_t)size
						      : ZIP_END + COMMENT_MAX;
	unsigned char *last = mem_alloc(n + 1);
	bool found = false;
	size_t i;

	if (n >= ZIP_END && read_at(d->fd, last, n, size - (int64_t)n)) {
		for (i = n - ZIP_END + 1; i-- > 0 && !found;)
			found = is(last + i, ZIP_END_MAGIC) &&
			    i + ZIP_END +
				    (size_t)zipdir_number(last + i + 20, 2) ==
				n &&
			    read_end(d, last + i,
				size - (int64_t)n + (int64_t)i);
	}
	free(last);
	return found && d->count >= 0 && d->at >= 0 && d->size >= 0 &&
	    d->at <= size && d->size <= size - d->at &&
	    d->count <= d->size / ZIP_ENTRY;
}

/* Passes over an entry in F; its length, or -1. */
static int64_t
pass_entry(FILE *f)
{
	unsigned char p[ZIP_ENTRY];
	char texts[4096];
	int64_t n, left;
	size_t some;

	if (fread(p, 1, ZIP_ENTRY, f) != ZIP_ENTRY || !is(p, ZIP_ENTRY_MAGIC))
		return -1;
	n = zipdir_number(p + 28, 2) + zipdir_number(p + 30, 2) +
	    zipdir_number(p + 32, 2);
	for (left = n; left > 0; left -= (int64_t)some) {
		some = left < (int64_t)sizeof(texts) ? (size_t)left
						     : sizeof(texts);
		if (fread(texts, 1, some, f) != some)
			return -1;
	}
	return ZIP_ENTRY + n;
}

/* Notes where the slices begin; false where the directory is not what its end
 * says. */
static bool
cut(struct zipdir *d, FILE *f)
{
	int64_t at = d->at, i, n;

	d->slice = mem_alloc(
	    (size_t)(d->count / ZIPDIR_SLICE + 2) * sizeof(*d->slice));
	for (i = 0; i < d->count; i++) {
		if (i % ZIPDIR_SLICE == 0)
			d->slice[i / ZIPDIR_SLICE] = at;
		n = pass_entry(f);
		if (n < 0)
			return false;
		at += n;
	}
	d->slice[(d->count - 1) / ZIPDIR_SLICE + 1] = at;
	return at == d->at + d->size;
}

static bool
read_all(struct zipdir *d, const char *path)
{
	FILE *f = fopen(path, "re");
	bool good;

	if (f == NULL)
		return false;
	good = fseeko(f, (off_t)d->at, SEEK_SET) == 0 && cut(d, f);
	fclose(f);
	return good;
}

struct zipdir *
zipdir_find(const char *path)
{
	struct zipdir *d = mem_alloc(sizeof(*d));
	struct stat st;

	d->fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (d->fd >= 0 && fstat(d->fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    find(d, (int64_t)st.st_size))
		return d;
	zipdir_close(d);
	return NULL;
}

struct zipdir *
zipdir_open(const char *path)
{
	struct zipdir *d = zipdir_find(path);

	if (d != NULL && d->count > ZIPDIR_FROM && d->count <= UINT32_MAX &&
	    read_all(d, path))
		return d;
	zipdir_close(d);
	return NULL;
}

void
zipdir_close(struct zipdir *d)
{
	if (d == NULL)
		return;
	if (d->fd >= 0)
		close(d->fd);
	free(d->slice);
	free(d);
}
