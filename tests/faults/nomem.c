/*
 * LD_PRELOAD: the allocation number $NOMEM_AT (from 1) fails, once, and the
 * file $NOMEM_HIT says so. How many there were is written to the file
 * $NOMEM_COUNT at exit.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static atomic_long seen;
static long fail_at = -1;

static void
hit(void)
{
	const char *name = getenv("NOMEM_HIT");
	int fd = -1;

	if (name != NULL)
		fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	if (fd >= 0)
		close(fd);
}

static int
fails(void)
{
	const char *at;

	if (fail_at < 0) {
		at = getenv("NOMEM_AT");
		fail_at = at != NULL ? strtol(at, NULL, 10) : 0;
	}
	if (atomic_fetch_add(&seen, 1) + 1 != fail_at)
		return 0;
	hit();
	errno = ENOMEM;
	return 1;
}

extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *p, size_t n);

void *
malloc(size_t n)
{
	return fails() ? NULL : __libc_malloc(n);
}

void *
calloc(size_t count, size_t size)
{
	return fails() ? NULL : __libc_calloc(count, size);
}

void *
realloc(void *p, size_t n)
{
	return fails() ? NULL : __libc_realloc(p, n);
}

__attribute__((destructor)) static void
tell(void)
{
	const char *name = getenv("NOMEM_COUNT");
	char text[32];
	int fd, n;

	if (name == NULL)
		return;
	fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	n = snprintf(text, sizeof(text), "%ld\n", atomic_load(&seen));
	if (fd >= 0 && write(fd, text, (size_t)n) == n)
		close(fd);
}
