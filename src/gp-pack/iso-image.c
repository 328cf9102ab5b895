#include "gp-pack/iso-image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gp-pack/bag/tree.h"
#include "gp-pack/capacity.h"
#include "gp-pack/child.h"
#include "lib/files/file.h"
#include "lib/mem.h"
#include "lib/num.h"
#include "lib/program/msg.h"
#include "lib/program/progress.h"

#define IMAGE_BLOCK ((size_t)1024 * 1024)
#define WRITE_BEHIND ((int64_t)16 * 1024 * 1024) /* as xorriso -stdio_sync */
#define ARGS_MAX 24

/* -print_size of xorriso 1.5.4 leaves out what --md5 adds: 16 bytes a file or
 * folder in a list, and 20 in its entry; a folder may need a sector more */
#define MD5_NODE 40

/*
 * -r: no owners, and permissions for all to read. No padding: what the disc
 * has is what was summed. The date makes two images of the same files the
 * same, and is that of all folders (xorriso(1), SOURCE_DATE_EPOCH).
 */
static void
arguments(const struct image *image, const char *argv[ARGS_MAX], bool measure)
{
	static const char *const fixed[] = { "xorriso", "-as", "mkisofs",
		"-quiet", "-iso-level", "3", "-r", "-J", "--md5", "-no-pad",
		"-input-charset", "utf-8", "-appid", "GP-PACK" };
	size_t n;

	for (n = 0; n < COUNT(fixed); n++)
		argv[n] = fixed[n];
	argv[n++] = "-V";
	argv[n++] = image->label;
	if (measure)
		argv[n++] = "-print-size";
	argv[n++] = image->bag;
	argv[n] = NULL;
}

static int
start(const struct image *image, struct child *c, int *from)
{
	char epoch[24];
	int ends[2], result;

	snprintf(epoch, sizeof(epoch), "%lld", (long long)image->now);
	setenv("SOURCE_DATE_EPOCH", epoch, 1);
	if (pipe2(ends, O_CLOEXEC) < 0) {
		msg(image->label, "%s", strerror(errno));
		return -1;
	}
	/* fewer changes of hands; a hint */
	(void)fcntl(ends[0], F_SETPIPE_SZ, (int)IMAGE_BLOCK);
	c->out = ends[1];
	result = child_start(c);
	close(ends[1]);
	if (result < 0)
		close(ends[0]);
	*from = ends[0];
	return result;
}

int
image_size(const struct image *image, int64_t *bytes)
{
	const char *argv[ARGS_MAX];
	struct child c = { .argv = argv };
	char text[64];
	int64_t nodes, folders;
	ssize_t n;
	int from;

	arguments(image, argv, true);
	if (start(image, &c, &from) < 0)
		return -1;
	n = file_read_full(from, text, sizeof(text) - 1);
	close(from);
	if (child_wait(&c, image->label, false) < 0)
		return -1;
	text[n > 0 ? n : 0] = '\0';
	text[strcspn(text, "\r\n")] = '\0';
	if (num_parse(text, 1, INT32_MAX, bytes) < 0) {
		msg(image->label, "xorriso did not say the size of the image");
		return -1;
	}
	if (tree_count(image->bag, &nodes, &folders) < 0)
		return -1;
	*bytes = (*bytes + nodes * MD5_NODE / SECTOR + folders + 2) * SECTOR;
	return 0;
}

/* Has the kernel begin to write what came since *BEGUN, of BYTES in FD, so that
 * the disk does not idle until the end; a hint. */
static void
write_behind(int fd, int64_t bytes, int64_t *begun)
{
	if (bytes - *begun < WRITE_BEHIND)
		return;
	(void)sync_file_range(fd, *begun, bytes - *begun,
	    SYNC_FILE_RANGE_WRITE);
	*begun = bytes;
}

/* Takes the image, of about SIZE bytes, from FROM to FD and sums it. Bytes, or
 * -1 with errno. */
static int64_t
receive(int from, int fd, int64_t size, uint8_t sha256[static DIGEST_SIZE])
{
	struct digest *d = digest_new();
	struct progress p;
	char *block = mem_alloc(IMAGE_BLOCK);
	int64_t bytes = 0, begun = 0;
	ssize_t n;

	progress_start(&p, "images", isatty(STDERR_FILENO) || msg_level > 0);
	p.total_items = 1;
	p.total_bytes = size;
	digest_begin(d);
	for (;;) {
		n = file_read_full(from, block, IMAGE_BLOCK);
		if (n <= 0)
			break;
		digest_add(d, block, (size_t)n);
		if (file_write_all(fd, block, (size_t)n) < 0) {
			n = -1;
			break;
		}
		bytes += n;
		write_behind(fd, bytes, &begun);
		progress_add(&p, 0, n);
	}
	digest_end(d, sha256);
	digest_free(d);
	free(block);
	progress_end(&p);
	return n < 0 ? -1 : bytes;
}

/* Runs xorriso into FD. 0; -1 said; -2 the file system is full. */
static int
build(const struct image *image, int64_t size, int64_t limit, int fd,
    uint8_t sha256[static DIGEST_SIZE])
{
	const char *argv[ARGS_MAX];
	struct child c = { .argv = argv };
	int64_t bytes;
	int from, error;

	arguments(image, argv, false);
	if (start(image, &c, &from) < 0)
		return -1;
	bytes = receive(from, fd, size, sha256);
	error = errno;
	close(from);
	if (bytes < 0) {
		child_stop(&c);
		if (error == ENOSPC || error == EDQUOT)
			return -2;
		msg(image->label, "cannot write the image: %s",
		    strerror(error));
		return -1;
	}
	if (child_wait(&c, image->label, false) < 0)
		return -1;
	if (bytes > 0 && bytes <= limit)
		return 0;
	msg(image->label,
	    "xorriso made an image of %lld bytes, of %lld at most",
	    (long long)bytes, (long long)limit);
	return -1;
}

int
image_write(const struct image *image, int64_t size, int64_t limit, int dirfd,
    const char *name, uint8_t sha256[static DIGEST_SIZE])
{
	int fd, result;

	fd = openat(dirfd, name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (fd < 0) {
		msg(name, "cannot be written: %s", strerror(errno));
		return -1;
	}
	result = build(image, size, limit, fd, sha256);
	if (result == 0 && fsync(fd) < 0)
		result = errno == ENOSPC || errno == EDQUOT ? -2 : -1;
	if (close(fd) < 0 && result == 0)
		result = errno == ENOSPC || errno == EDQUOT ? -2 : -1;
	if (result < 0)
		unlinkat(dirfd, name, 0);
	return result;
}
