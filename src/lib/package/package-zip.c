/* Zips, by libzip: the directory at the end names all members. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zip.h>

#include "lib/fnv.h"
#include "lib/mem.h"
#include "lib/package/package-format.h"
#include "lib/package/zipcheck.h"
#include "lib/package/zipslice.h"

struct zip_package {
	char *path;
	struct zipdir *dir; /* of a large one, else NULL: ZIP has all of it */
	zip_t *zip; /* has members FIRST to END - 1 */
	int64_t first, end;
	zip_file_t *file; /* the member at hand, once it is read */
	int64_t count, at; /* at: behind the member at hand */
	int64_t packed; /* bytes of the member at hand */
	uint64_t *names; /* once one is looked for: hash, number; sorted */
};

static void
close_file(struct zip_package *z)
{
	if (z->file != NULL)
		zip_fclose(z->file);
	z->file = NULL;
}

static void
close_slice(struct zip_package *z)
{
	close_file(z);
	if (z->zip != NULL)
		zip_discard(z->zip);
	z->zip = NULL;
}

/* A zip that was made on Unix has the mode in the upper half (APPNOTE 4.4.15,
 * Info-ZIP). No link leads farther than PATH_MAX, nothing else that is no file
 * has bytes: what does not fit its mode may be a photo. */
static enum package_type
type_of(struct zip_package *z, zip_uint64_t index, const char *name,
    int64_t size)
{
	zip_uint8_t system;
	zip_uint32_t attributes;
	mode_t type = 0;

	if (zip_file_get_external_attributes(z->zip, index, 0, &system,
		&attributes) == 0 &&
	    system == ZIP_OPSYS_UNIX)
		type = (mode_t)(attributes >> 16) & S_IFMT;
	if (type == S_IFLNK && size < PATH_MAX)
		return PACKAGE_LINK;
	if ((type == S_IFDIR && size <= 0) ||
	    (name[0] != '\0' && name[strlen(name) - 1] == '/'))
		return PACKAGE_FOLDER;
	/* packed again by Windows */
	if (size == 0 && name[0] != '\0' && name[strlen(name) - 1] == '\\')
		return PACKAGE_FOLDER;
	return type == 0 || type == S_IFREG || size > 0 ? PACKAGE_FILE
							: PACKAGE_OTHER;
}

/* Opens the slice that has member AT, unless it is open; 0 or -1. */
static int
turn_to(struct package *p, int64_t at)
{
	struct zip_package *z = p->state;
	zip_error_t error;

	if (at >= z->first && at < z->end)
		return 0;
	close_slice(z);
	zip_error_init(&error);
	z->zip = zipslice_open(z->dir, at / ZIPDIR_SLICE, &error);
	z->first = z->end = at - at % ZIPDIR_SLICE;
	if (z->zip != NULL)
		z->end += zip_get_num_entries(z->zip, 0);
	if (at >= z->end)
		package_fail(p, "%s", zip_error_strerror(&error));
	zip_error_fini(&error);
	return at < z->end ? 0 : -1;
}

/* Member AT. */
static int
take(struct package *p, int64_t at, struct package_member *m)
{
	struct zip_package *z = p->state;
	zip_uint64_t index;
	zip_stat_t st;

	close_file(z);
	if (turn_to(p, at) < 0)
		return -1;
	index = (zip_uint64_t)(at - z->first);
	if (zip_stat_index(z->zip, index, 0, &st) < 0 ||
	    (st.valid & ZIP_STAT_NAME) == 0)
		return package_fail(p, "member %lld: %s", (long long)at + 1,
		    zip_strerror(z->zip));
	z->at = at + 1;
	m->name = st.name;
	m->size = -1;
	z->packed = -1;
	if ((st.valid & ZIP_STAT_SIZE) != 0 && st.size <= INT64_MAX)
		m->size = (int64_t)st.size;
	m->type = type_of(z, index, st.name, m->size);
	if ((st.valid & ZIP_STAT_COMP_SIZE) != 0 && st.comp_size <= INT64_MAX)
		z->packed = (int64_t)st.comp_size;
	m->has_crc = (st.valid & ZIP_STAT_CRC) != 0;
	m->crc = m->has_crc ? st.crc : 0;
	m->mtime = (st.valid & ZIP_STAT_MTIME) != 0 ? (int64_t)st.mtime : 0;
	return 1;
}

/* Behind the last member: 0, or -1 where the directory can't be believed. */
static int
end(struct package *p, const struct zip_package *z)
{
	int64_t other = zipcheck(z->path);

	if (other < 0)
		return package_fail(p, "the directory at its end is damaged");
	return other == 0
	    ? 0
	    : package_fail(p,
		  "its bytes are damaged: its directory is wrong about member "
		  "%lld",
		  (long long)other);
}

static int
next(struct package *p, struct package_member *m)
{
	struct zip_package *z = p->state;

	return z->at >= z->count ? end(p, z) : take(p, z->at, m);
}

/* What z->names has of a member: order is by hash, then by number. */
static uint64_t
zip_name_key(const char *name, int64_t at)
{
	uint64_t h = fnv_text(name);

	return (h ^ h >> 32) << 32 | (uint64_t)at;
}

static int
by_key(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int
learn_names(struct package *p)
{
	struct zip_package *z = p->state;
	const char *name;
	int64_t i;

	z->names = mem_alloc((size_t)(z->count + 1) * sizeof(*z->names));
	for (i = 0; i < z->count; i++) {
		if (turn_to(p, i) < 0) {
			free(z->names);
			z->names = NULL;
			return -1;
		}
		name = zip_get_name(z->zip, (zip_uint64_t)(i - z->first), 0);
		z->names[i] = zip_name_key(name != NULL ? name : "", i);
	}
	qsort(z->names, (size_t)z->count, sizeof(*z->names), by_key);
	return 0;
}

/* The first of z->names that is not less than KEY. */
static int64_t
first_from(const struct zip_package *z, uint64_t key)
{
	int64_t low = 0, high = z->count, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (z->names[mid] < key)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool
is_like(const struct package_member *m, const struct package_member *like)
{
	return like == NULL ||
	    ((like->size < 0 || m->size == like->size) &&
		(!like->has_crc || !m->has_crc || m->crc == like->crc));
}

/* From the member at hand on, and then from the first: members are mostly
 * looked for in their order. */
static int
find(struct package *p, const char *name, const struct package_member *like,
    struct package_member *m)
{
	struct zip_package *z = p->state;
	int64_t low, high, at, i, n, other = -1;

	if (z->names == NULL && learn_names(p) < 0)
		return -1;
	low = first_from(z, zip_name_key(name, 0));
	high = first_from(z, zip_name_key(name, UINT32_MAX));
	at = first_from(z, zip_name_key(name, z->at));
	n = high - low;
	for (i = 0; i < n; i++, at++) {
		if (at >= high)
			at = low;
		if (take(p, (int64_t)(z->names[at] & UINT32_MAX), m) < 0)
			return -1;
		if (strcmp(m->name, name) != 0)
			continue;
		if (is_like(m, like))
			return 1;
		other = z->at - 1;
	}
	return other < 0 ? 0 : take(p, other, m);
}

static ssize_t
read_member(struct package *p, void *buf, size_t n)
{
	struct zip_package *z = p->state;
	zip_int64_t got;

	if (p->size > PACKAGE_RATIO_FREE && z->packed >= 0 &&
	    p->size / PACKAGE_RATIO > z->packed)
		return package_fail(p,
		    "%lld bytes in %lld: no photo packs like "
		    "that",
		    (long long)p->size, (long long)z->packed);
	if (z->file == NULL)
		z->file = zip_fopen_index(z->zip,
		    (zip_uint64_t)(z->at - 1 - z->first), 0);
	if (z->file == NULL)
		return package_fail(p, "%s", zip_strerror(z->zip));
	got = zip_fread(z->file, buf, n);
	if (got < 0)
		return package_fail(p, "%s", zip_file_strerror(z->file));
	return (ssize_t)got;
}

static void
close_zip(struct package *p)
{
	struct zip_package *z = p->state;

	close_slice(z);
	zipdir_close(z->dir);
	free(z->names);
	free(z->path);
	free(z);
}

/* All of the zip at PATH; 1, 0 where it has no directory that can be used, or
 * -1. */
static int
open_whole(struct package *p, struct zip_package *z, const char *path)
{
	zip_error_t error;
	int code;

	z->zip = zip_open(path, ZIP_RDONLY, &code);
	if (z->zip != NULL) {
		z->count = z->end = zip_get_num_entries(z->zip, 0);
		return 1;
	}
	zip_error_init_with_code(&error, code);
	package_fail(p, "%s", zip_error_strerror(&error));
	zip_error_fini(&error);
	return code == ZIP_ER_NOZIP || code == ZIP_ER_INCONS ? 0 : -1;
}

int
package_open_zip(struct package *p, const char *path)
{
	static const struct package_ops ops = { next, find, read_member,
		close_zip };
	struct zip_package *z = mem_alloc(sizeof(*z));
	int result = 1;

	p->state = z;
	z->path = mem_strdup(path);
	z->dir = zipdir_open(path);
	if (z->dir != NULL)
		z->count = z->dir->count;
	else
		result = open_whole(p, z, path);
	if (z->dir != NULL && turn_to(p, 0) < 0)
		result = -1;
	if (result > 0)
		p->ops = &ops;
	else
		close_zip(p);
	return result;
}
