#include "lib/program/out.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/files/file.h"
#include "lib/program/msg.h"

static char pending[128 * 1024];
static size_t pending_len;

void
out_flush(void)
{
	size_t n = pending_len;

	pending_len = 0;
	if (n > 0 && file_write_all(STDOUT_FILENO, pending, n) < 0)
		msg_die("standard output: %s", strerror(errno));
}

void
out_write(const char *p, size_t n)
{
	if (n > sizeof(pending) - pending_len)
		out_flush();
	if (n > sizeof(pending)) {
		if (file_write_all(STDOUT_FILENO, p, n) < 0)
			msg_die("standard output: %s", strerror(errno));
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
