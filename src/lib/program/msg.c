#include "lib/program/msg.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/program/status.h"

int msg_level;

static const char *tool = "gp";

void
msg_init(const char *name)
{
	int fd;

	tool = name;
	/* a file opened on fd 0 to 2 would be read or written as a stream; a
	 * closed one is opened such that using it still fails */
	do
		fd = open("/dev/null", O_PATH);
	while (fd >= 0 && fd <= 2);
	if (fd > 2)
		close(fd);
}

const char *
msg_tool(void)
{
	return tool;
}

/* A message stays on its line whatever a name from outside holds. */
static void
mask_controls(char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
			s[i] = '?';
	}
}

static size_t
advance(size_t used, int n, size_t size)
{
	if (n < 0)
		return used;
	return (size_t)n < size - used ? used + (size_t)n : size - 1;
}

static void
say(const char *subject, const char *fmt, va_list ap)
{
	char line[4096];
	const size_t size = sizeof(line) - 1; /* room for '\n' */
	size_t n;
	ssize_t written;
	int saved = errno;

	n = advance(0, snprintf(line, size, "%s: ", tool), size);
	if (subject != NULL)
		n = advance(n,
		    snprintf(line + n, size - n, "%.1024s: ", subject), size);
	n = advance(n, vsnprintf(line + n, size - n, fmt, ap), size);
	mask_controls(line, n);
	line[n++] = '\n';
	do {
		written = write(STDERR_FILENO, line, n);
	} while (written < 0 && errno == EINTR);
	errno = saved;
}

void
msg(const char *subject, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(subject, fmt, ap);
	va_end(ap);
}

void
msg_at(int level, const char *subject, const char *fmt, ...)
{
	va_list ap;

	if (msg_level < level)
		return;
	va_start(ap, fmt);
	say(subject, fmt, ap);
	va_end(ap);
}

void
msg_die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(NULL, fmt, ap);
	va_end(ap);
	/* threads may be at work, and exit(3) takes from them what they use */
	_exit(STATUS_STOPPED);
}
