#include "lib/archive/index-fault.h"

#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/program/msg.h"
#include "lib/program/status.h"

#define FDS 65536 /* more than we ever have open */

/* written beforehand: a handler may call little more than write(2) */
static char words[2048];
static size_t words_len;
static sigjmp_buf *volatile back;

/* An access that is not aligned is a fault of ours, and no disk's. */
static void
on_fault(int sig, siginfo_t *info, void *context)
{
	sigjmp_buf *to = back;
	ssize_t written;

	(void)context;
	if (info->si_code == BUS_ADRERR) {
		written = write(STDERR_FILENO, words, words_len);
		(void)written;
		back = NULL;
		if (to == NULL)
			_exit(STATUS_STOPPED);
		siglongjmp(*to, 1);
	}
	signal(sig, SIG_DFL);
	raise(sig);
}

void
index_fault_watch(const char *path)
{
	struct sigaction action = { .sa_flags = SA_SIGINFO };
	int n;

	n = snprintf(words, sizeof(words),
	    "%s: %.1024s: no space left for the index, or its disk fails: make "
	    "room, then run it again\n",
	    msg_tool(), path);
	words_len = n > 0 ? strlen(words) : 0;
	action.sa_sigaction = on_fault;
	sigemptyset(&action.sa_mask);
	sigaction(SIGBUS, &action, NULL);
}

bool
index_fault_guard(void (*work)(void *arg), void *arg)
{
	sigjmp_buf fault;
	int fd;

	if (sigsetjmp(fault, 1) != 0) {
		for (fd = STDERR_FILENO + 1; fd < FDS; fd++)
			close(fd);
		return false;
	}
	back = &fault;
	work(arg);
	back = NULL;
	return true;
}
