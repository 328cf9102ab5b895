/*
 * zlib unpacks and libdeflate sums: zlib's own sum takes as long as all else
 * on photos, which hardly pack. The header and the end around the packed bytes
 * are read here. All of it runs ahead, in a thread.
 */
#include "lib/package/gunzip.h"

#include <errno.h>
#include <fcntl.h>
#include <libdeflate.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "lib/files/file.h"
#include "lib/mem.h"
#include "lib/package/ahead.h"
#include "lib/program/msg.h"

#define IN ((size_t)64 * 1024)
#define OUT ((size_t)256 * 1024)

/* RFC 1952, 2.3.1 */
#define MAGIC_1 0x1f
#define MAGIC_2 0x8b
#define DEFLATE 8
#define F_HCRC 0x02
#define F_EXTRA 0x04
#define F_NAME 0x08
#define F_COMMENT 0x10
#define F_RESERVED 0xe0

struct gunzip {
	int fd;
	bool packed; /* it is gzipped */
	bool inside; /* between a header and its end */
	bool end;
	z_stream z; /* z.next_in, z.avail_in: what was read and not used */
	uint32_t crc, length; /* of what was unpacked since the header */
	_Atomic int64_t got; /* bytes read of the file */
	const char *why; /* it can't go on, or NULL */
	struct ahead *ahead;
	unsigned char in[IN];
};

static int
fail(struct gunzip *g, const char *why)
{
	g->why = why;
	return -1;
}

/* Reads on where nothing is left; 1, 0 at the end of the file, or -1. */
static int
fill(struct gunzip *g)
{
	ssize_t n;

	if (g->z.avail_in > 0)
		return 1;
	do
		n = read(g->fd, g->in, IN);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return fail(g, strerror(errno));
	g->got += n;
	g->z.next_in = g->in;
	g->z.avail_in = (uInt)n;
	return n > 0;
}

/* The next byte, 0 to 255, or -1: it is cut off there. */
static int
byte(struct gunzip *g)
{
	int more = fill(g);

	if (more <= 0)
		return more < 0 ? -1 : fail(g, "it is cut off");
	g->z.avail_in--;
	return *g->z.next_in++;
}

/* COUNT bytes, the least first; -1 where it is cut off. */
static int64_t
number(struct gunzip *g, int count)
{
	int64_t n = 0;
	int i, c;

	for (i = 0; i < count; i++) {
		c = byte(g);
		if (c < 0)
			return -1;
		n |= (int64_t)c << 8 * i;
	}
	return n;
}

/* Passes over N bytes, or, where N is -1, over a text and its NUL. */
static int
pass_over(struct gunzip *g, int64_t n)
{
	int c;

	while (n != 0) {
		c = byte(g);
		if (c < 0)
			return -1;
		if (n < 0 && c == 0)
			return 0;
		n -= n > 0;
	}
	return 0;
}

/* The header behind its two magic bytes; 0 or -1. */
static int
read_header(struct gunzip *g)
{
	int method = byte(g), flags = method < 0 ? -1 : byte(g);
	int64_t extra = 0;

	if (flags < 0)
		return -1;
	if (method != DEFLATE || (flags & F_RESERVED) != 0)
		return fail(g, "its bytes are damaged");
	if (pass_over(g, 6) < 0) /* time, how hard it was packed, system */
		return -1;
	if ((flags & F_EXTRA) != 0)
		extra = number(g, 2);
	if (extra < 0 || pass_over(g, extra) < 0 ||
	    ((flags & F_NAME) != 0 && pass_over(g, -1) < 0) ||
	    ((flags & F_COMMENT) != 0 && pass_over(g, -1) < 0) ||
	    ((flags & F_HCRC) != 0 && pass_over(g, 2) < 0))
		return -1;
	g->inside = true;
	g->crc = 0;
	g->length = 0;
	if (inflateReset(&g->z) != Z_OK)
		return fail(g, "zlib can't go on");
	return 0;
}

/* Where a header may stand, not in the midst of the packed bytes: 1 behind it,
 * 0 where there is none, or -1. */
static int
begin(struct gunzip *g)
{
	int more = fill(g), c;

	if (more <= 0)
		return more;
	if (*g->z.next_in != MAGIC_1)
		return 0;
	byte(g);
	c = byte(g);
	if (c < 0)
		return -1;
	if (c != MAGIC_2)
		return fail(g, "its bytes are damaged");
	return read_header(g) < 0 ? -1 : 1;
}

/* Reads the sum and length that follow the packed bytes; fails where they are
 * others. */
static void
prove(struct gunzip *g)
{
	int64_t crc = number(g, 4), length = crc < 0 ? -1 : number(g, 4);

	g->inside = false;
	if (length >= 0 && (crc != g->crc || length != g->length))
		fail(g, "its bytes are damaged");
}

/* Unpacks into BLOCK, of SIZE bytes; how much, 0 where what is packed ends with
 * nothing more, or -1. What came before a damage is given first. */
static ssize_t
unpack(struct gunzip *g, void *block, size_t size)
{
	int more = 1, result = Z_OK;
	size_t n;

	g->z.next_out = block;
	g->z.avail_out = (uInt)size;
	while (result == Z_OK && g->z.avail_out > 0 && more > 0) {
		more = fill(g);
		if (more > 0)
			result = inflate(&g->z, Z_NO_FLUSH);
	}
	n = size - g->z.avail_out;
	g->crc = libdeflate_crc32(g->crc, block, n);
	g->length += (uint32_t)n;
	if (result == Z_STREAM_END)
		prove(g);
	else if (result == Z_MEM_ERROR)
		msg_die("out of memory");
	else if (result != Z_OK)
		fail(g, "its bytes are damaged");
	else if (more == 0)
		fail(g, "it is cut off");
	return n == 0 && g->why != NULL ? -1 : (ssize_t)n;
}

/* The bytes as they are. */
static ssize_t
take(struct gunzip *g, void *block, size_t size)
{
	int more = fill(g);
	size_t n = g->z.avail_in < size ? g->z.avail_in : size;

	if (more <= 0)
		return more;
	memcpy(block, g->z.next_in, n);
	g->z.next_in += n;
	g->z.avail_in -= (uInt)n;
	return (ssize_t)n;
}

/* The next block (ahead_make). */
static ssize_t
make(void *arg, void *block, size_t size)
{
	struct gunzip *g = arg;
	ssize_t n = 0;
	int is;

	if (g->why != NULL)
		return -1;
	if (!g->packed)
		return take(g, block, size);
	while (n == 0 && !g->end) {
		is = g->inside ? 1 : begin(g);
		if (is < 0)
			return -1;
		g->end = is == 0;
		if (is > 0)
			n = unpack(g, block, size);
	}
	return n;
}

ssize_t
gunzip_next(struct gunzip *g, const void **block)
{
	return ahead_next(g->ahead, block);
}

/* Begins to unpack what was opened; 0, or -1 with errno. */
static int
start(struct gunzip *g)
{
	bool packed = g->z.avail_in > 1 && g->in[0] == MAGIC_1 &&
	    g->in[1] == MAGIC_2;

	/* 15 is the largest window; less than 0: no header of zlib's */
	if (packed && inflateInit2(&g->z, -15) != Z_OK) {
		errno = ENOMEM;
		return -1;
	}
	g->packed = packed;
	g->ahead = ahead_start(make, g, OUT);
	return g->ahead != NULL ? 0 : -1;
}

struct gunzip *
gunzip_open(const char *path)
{
	struct gunzip *g = mem_alloc(sizeof(*g));

	g->fd = file_open(AT_FDCWD, path, 0);
	if (g->fd < 0 || fill(g) < 0 || start(g) < 0) {
		gunzip_close(g);
		return NULL;
	}
	return g;
}

const char *
gunzip_reason(const struct gunzip *g)
{
	return g->why;
}

bool
gunzip_is_packed(const struct gunzip *g)
{
	return g->packed;
}

int64_t
gunzip_packed(const struct gunzip *g)
{
	return g->got;
}

void
gunzip_close(struct gunzip *g)
{
	int error = errno;

	if (g == NULL)
		return;
	ahead_stop(g->ahead);
	if (g->packed)
		inflateEnd(&g->z);
	if (g->fd >= 0)
		close(g->fd);
	free(g);
	errno = error;
}
