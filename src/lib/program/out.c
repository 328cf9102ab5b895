#include "lib/program/out.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/files/file.h"
#include "lib/program/msg.h"

static char pending[128 * 1024];
static size_t pending_len;
static void (*on_failure)(void *);
static void *on_failure_arg;

void
out_on_failure(void (*fn)(void *), void *arg)
{
	on_failure = fn;
	on_failure_arg = arg;
}

static void
write_whole(const char *p, size_t n)
{
	void (*fn)(void *) = on_failure;
	int error;

	if (file_write_all(STDOUT_FILENO, p, n) == 0)
		return;
	error = errno;
	on_failure = NULL;
	if (fn != NULL)
		fn(on_failure_arg);
	msg_die("standard output: %s", strerror(error));
}

void
out_flush(void)
{
	size_t n = pending_len;

	pending_len = 0;
	if (n > 0)
		write_whole(pending, n);
}

void
out_write(const char *p, size_t n)
{
	if (n > sizeof(pending) - pending_len)
		out_flush();
	if (n > sizeof(pending)) {
		write_whole(p, n);
		return;
	}
	memcpy(pending + pending_len, p, n);
	pending_len += n;
}

void
out_text(const char *s)
{
	out_write(s, strlen(s));
}

enum status
out_close(enum status status)
{
	out_flush();
	if (close(STDOUT_FILENO) < 0) {
		msg(NULL, "standard output: %s", strerror(errno));
		status_raise(&status, STATUS_STOPPED);
	}
	return status;
}
