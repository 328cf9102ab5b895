/* A scratch folder for a test or a group of tests, below $TMPDIR. */
#ifndef GP_TEST_SCRATCH_H
#define GP_TEST_SCRATCH_H

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/files/file.h"
#include "lib/mem.h"
#include "table.h"

static char *folder;
static int dir = -1; /* it, open */

static inline int
scratch_begin(void **state)
{
	const char *below = getenv("TMPDIR");

	(void)state;
	folder = mem_printf("%s/gp-unit.XXXXXX",
	    below != NULL && *below != '\0' ? below : "/tmp");
	if (mkdtemp(folder) == NULL)
		return -1;
	dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir < 0 ? -1 : 0;
}

static inline int
scratch_remove(const char *path, const struct stat *st, int type,
    struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline int
scratch_end(void **state)
{
	int result = nftw(folder, scratch_remove, 8, FTW_DEPTH | FTW_PHYS);

	(void)state;
	close(dir);
	free(folder);
	return result;
}

/* File NAME there gets TEXT. */
static inline void
scratch_put(const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
	    0600);

	assert_true(fd >= 0);
	assert_int_equal(file_write_all(fd, text, strlen(text)), 0);
	close(fd);
}

/* Fails where file NAME there has anything but WANT. */
static inline void
scratch_holds(const char *name, const char *want)
{
	struct buf b;

	buf_init(&b, 1000);
	assert_int_equal(file_load(dir, name, &b), 0);
	buf_addc(&b, '\0');
	assert_string_equal(b.data, want);
	buf_release(&b);
}

#endif
