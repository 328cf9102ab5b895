/* Numbers of sections are those of PKWARE's APPNOTE.TXT, 6.3. */
#include "lib/package/zipslice.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/mem.h"

#define TAIL (ZIP_END64 + ZIP_LOCATOR + ZIP_END)

/* A zip as libzip sees it: the file up to its directory, then bytes FROM to TO
 * of that, then TAIL. */
struct slice {
	const struct zipdir *dir;
	int64_t from, to;
	int64_t at; /* what libzip reads next */
	zip_error_t error;
	unsigned char tail[TAIL];
};

/* N bytes of VALUE, the least first; behind them. */
static unsigned char *
put(unsigned char *p, int n, uint64_t value)
{
	for (; n > 0; n--, value >>= 8)
		*p++ = (unsigned char)(value & 0xff);
	return p;
}

/* The mark of a part of a zip; behind it. */
static unsigned char *
put_magic(unsigned char *p, const char *magic)
{
	memcpy(p, magic, 4);
	return p + 4;
}

/* The end of a zip whose directory has COUNT members in SIZE bytes. */
static void
make_tail(struct slice *s, uint64_t count, uint64_t size)
{
	const uint64_t at = (uint64_t)s->dir->at;
	unsigned char *p = s->tail;

	p = put_magic(p, ZIP_END64_MAGIC);
	p = put(p, 8, ZIP_END64 - 12);
	p = put(p, 2, 45); /* made by, needed: 4.4.3.2 */
	p = put(p, 2, 45);
	p = put(p, 8, 0); /* numbers of disks */
	p = put(p, 8, count);
	p = put(p, 8, count);
	p = put(p, 8, size);
	p = put(p, 8, at);
	p = put_magic(p, ZIP_LOCATOR_MAGIC);
	p = put(p, 4, 0);
	p = put(p, 8, at + size);
	p = put(p, 4, 1);
	p = put_magic(p, ZIP_END_MAGIC);
	p = put(p, 4, 0);
	p = put(p, 4, 0xffffffff); /* see ZIP_END64 */
	p = put(p, 8, UINT64_MAX);
	put(p, 2, 0);
}

static int64_t
slice_size(const struct slice *s)
{
	return s->dir->at + (s->to - s->from) + TAIL;
}

/* Up to N bytes from where it is, within one of its three pieces. */
static zip_int64_t
slice_read(struct slice *s, void *to, int64_t n)
{
	const int64_t dir = s->dir->at, tail = slice_size(s) - TAIL;
	const int64_t end = s->at < dir ? dir
	    : s->at < tail		? tail
					: tail + TAIL;
	ssize_t got;

	if (n > end - s->at)
		n = end - s->at;
	if (n <= 0)
		return 0;
	if (s->at >= tail) {
		memcpy(to, s->tail + (s->at - tail), (size_t)n);
		got = (ssize_t)n;
	} else {
		got = pread(s->dir->fd, to, (size_t)n,
		    (off_t)(s->at < dir ? s->at : s->from + (s->at - dir)));
	}
	if (got < 0)
		zip_error_set(&s->error, ZIP_ER_READ, 0);
	else
		s->at += got;
	return got;
}

static zip_int64_t
slice_seek(struct slice *s, void *data, zip_uint64_t n)
{
	zip_int64_t at = zip_source_seek_compute_offset((zip_uint64_t)s->at,
	    (zip_uint64_t)slice_size(s), data, n, &s->error);

	if (at < 0)
		return -1;
	s->at = at;
	return 0;
}

static zip_int64_t
slice_stat(const struct slice *s, zip_stat_t *st)
{
	zip_stat_init(st);
	st->valid = ZIP_STAT_SIZE;
	st->size = (zip_uint64_t)slice_size(s);
	return (zip_int64_t)sizeof(*st);
}

/* zip_source_callback: what libzip wants to know or do. */
static zip_int64_t
slice_do(void *arg, void *data, zip_uint64_t n, zip_source_cmd_t what)
{
	struct slice *s = arg;

	switch (what) {
	case ZIP_SOURCE_SUPPORTS:
		return ZIP_SOURCE_SUPPORTS_SEEKABLE;
	case ZIP_SOURCE_OPEN:
		s->at = 0;
		return 0;
	case ZIP_SOURCE_READ:
		return slice_read(s, data,
		    n > INT32_MAX ? INT32_MAX : (int64_t)n);
	case ZIP_SOURCE_SEEK:
		return slice_seek(s, data, n);
	case ZIP_SOURCE_TELL:
		return s->at;
	case ZIP_SOURCE_STAT:
		return slice_stat(s, data);
	case ZIP_SOURCE_ERROR:
		return zip_error_to_data(&s->error, data, n);
	case ZIP_SOURCE_FREE:
		free(s);
		return 0;
	case ZIP_SOURCE_CLOSE:
		return 0;
	default:
		zip_error_set(&s->error, ZIP_ER_OPNOTSUPP, 0);
		return -1;
	}
}

zip_t *
zipslice_open(const struct zipdir *d, int64_t n, zip_error_t *error)
{
	const int64_t first = n * ZIPDIR_SLICE, left = d->count - first;
	struct slice *s = mem_alloc(sizeof(*s));
	zip_source_t *source;
	zip_t *zip;

	s->dir = d;
	s->from = d->slice[n];
	s->to = d->slice[n + 1];
	zip_error_init(&s->error);
	make_tail(s, (uint64_t)(left < ZIPDIR_SLICE ? left : ZIPDIR_SLICE),
	    (uint64_t)(s->to - s->from));
	source = zip_source_function_create(slice_do, s, error);
	if (source == NULL) {
		free(s);
		return NULL;
	}
	zip = zip_open_from_source(source, ZIP_RDONLY, error);
	if (zip == NULL)
		zip_source_free(source);
	return zip;
}
