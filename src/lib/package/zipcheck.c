/* Numbers of sections are those of PKWARE's APPNOTE.TXT, 6.3. */
#include "lib/package/zipcheck.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/files/file.h"
#include "lib/mem.h"
#include "lib/package/zipdir.h"

#define LOCAL 30 /* 4.3.7, without its two */
#define ZIP_TEXT_MAX 65535
#define BEYOND 0xffffffff /* the number stands in the extra field: 4.5.3 */
#define EXTRA_64 0x0001

#define LOCAL_MAGIC "PK\3\4"
#define BEHIND_MAGIC "PK\7\10" /* 4.3.9 */
#define BEHIND                                                                 \
	24 /* at most; an entry of the directory comes later at any rate */

struct zip_check {
	const struct zipdir *dir;
	FILE *f; /* at the next entry of the directory */
	int64_t left; /* bytes of the directory from there on */
	int64_t at, packed, size; /* of the member, as the directory says */
	unsigned char entry[ZIP_ENTRY], local[LOCAL];
	unsigned char name[ZIP_TEXT_MAX], other[ZIP_TEXT_MAX],
	    extra[ZIP_TEXT_MAX];
};

/* Reads N bytes of the directory. */
static bool
take(struct zip_check *c, void *to, int64_t n)
{
	c->left -= n;
	return c->left >= 0 && fread(to, 1, (size_t)n, c->f) == (size_t)n;
}

static bool
read_at(const struct zip_check *c, void *to, int64_t n, int64_t at)
{
	return at >= 0 &&
	    file_read_at(c->dir->fd, to, (size_t)n, at) == (ssize_t)n;
}

/* Where *VALUE is beyond 32 bits: the next 8 bytes from *AT to END. */
static void
widen(const unsigned char **at, const unsigned char *end, int64_t *value)
{
	if (*value != BEYOND || end - *at < 8)
		return;
	*value = zipdir_number(*at, 8);
	*at += 8;
}

/* What the extra field of N bytes says of large members (4.5.3). */
static void
read_extra(struct zip_check *c, int64_t n)
{
	const unsigned char *p = c->extra, *const end = p + n;
	int64_t len;

	for (; end - p >= 4; p += 4 + len) {
		len = zipdir_number(p + 2, 2);
		if (len > end - p - 4)
			return;
		if (zipdir_number(p, 2) != EXTRA_64)
			continue;
		p += 4;
		widen(&p, p + len, &c->size);
		widen(&p, p + len, &c->packed);
		widen(&p, p + len, &c->at);
		return;
	}
}

/* The next entry of the directory. */
static bool
next(struct zip_check *c)
{
	const unsigned char *e = c->entry;
	int64_t extra;

	if (!take(c, c->entry, ZIP_ENTRY) || memcmp(e, ZIP_ENTRY_MAGIC, 4) != 0)
		return false;
	extra = zipdir_number(e + 30, 2);
	if (!take(c, c->name, zipdir_number(e + 28, 2)) ||
	    !take(c, c->extra, extra) ||
	    !take(c, c->other, zipdir_number(e + 32, 2))) /* its comment */
		return false;
	c->packed = zipdir_number(e + 20, 4);
	c->size = zipdir_number(e + 24, 4);
	c->at = zipdir_number(e + 42, 4);
	read_extra(c, extra);
	return true;
}

/* Whether the two sizes at B, of WIDTH bytes each, are those of the directory.
 */
static bool
are_sizes(const struct zip_check *c, const unsigned char *b, int width)
{
	return zipdir_number(b, width) == c->packed &&
	    zipdir_number(b + width, width) == c->size;
}

/* Whether sum and sizes behind the member's bytes are those of the directory.
 * Their magic may be missing (4.3.9.3), and the sizes are of 8 bytes in what is
 * large or may become so (4.3.9.2). */
static bool
same_behind(const struct zip_check *c, int64_t name, int64_t extra)
{
	unsigned char data[BEHIND], *b = data;

	if (c->packed < 0 ||
	    c->at > INT64_MAX - c->packed - LOCAL - 2 * ZIP_TEXT_MAX)
		return false;
	if (!read_at(c, data, BEHIND, c->at + LOCAL + name + extra + c->packed))
		return false;
	if (memcmp(b, BEHIND_MAGIC, 4) == 0)
		b += 4;
	return memcmp(b, c->entry + 16, 4) == 0 &&
	    (are_sizes(c, b + 4, 4) || are_sizes(c, b + 4, 8));
}

/* Whether the 4 bytes are the same, or one of them stands elsewhere. */
static bool
same_size(const unsigned char *a, const unsigned char *b)
{
	return memcmp(a, b, 4) == 0 || zipdir_number(a, 4) == BEYOND ||
	    zipdir_number(b, 4) == BEYOND;
}

/* Sum and sizes. What was packed on the fly has zeros before its bytes, and the
 * numbers behind. */
static bool
same_numbers(const struct zip_check *c, int64_t name)
{
	const unsigned char *e = c->entry + 16, *l = c->local + 14;

	if (memcmp(e, l, 4) == 0)
		return same_size(e + 4, l + 4) && same_size(e + 8, l + 8);
	return zipdir_number(l, 4) == 0 &&
	    same_behind(c, name, zipdir_number(c->local + 28, 2));
}

/* Whether what stands before the member's bytes is what the directory says:
 * name, way of packing, time, sum and sizes. */
static bool
is_same(struct zip_check *c)
{
	const unsigned char *e = c->entry, *l = c->local;
	const int64_t name = zipdir_number(e + 28, 2);

	return read_at(c, c->local, LOCAL, c->at) &&
	    memcmp(l, LOCAL_MAGIC, 4) == 0 && memcmp(e + 10, l + 8, 6) == 0 &&
	    memcmp(e + 28, l + 26, 2) == 0 &&
	    read_at(c, c->other, name, c->at + LOCAL) &&
	    memcmp(c->name, c->other, (size_t)name) == 0 &&
	    same_numbers(c, name);
}

static int64_t
compare_all(struct zip_check *c)
{
	int64_t i;

	if (fseeko(c->f, (off_t)c->dir->at, SEEK_SET) != 0)
		return -1;
	for (i = 1; i <= c->dir->count; i++) {
		if (!next(c) || !is_same(c))
			return i;
	}
	return c->left == 0 ? 0 : -1;
}

int64_t
zipcheck(const char *path)
{
	struct zipdir *dir = zipdir_find(path);
	struct zip_check *c;
	int64_t result = -1;

	if (dir == NULL)
		return -1;
	c = mem_alloc(sizeof(*c));
	c->dir = dir;
	c->left = dir->size;
	c->f = fopen(path, "re");
	if (c->f != NULL) {
		result = compare_all(c);
		fclose(c->f);
	}
	free(c);
	zipdir_close(dir);
	return result;
}
