#include "gp-pack/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/program/msg.h"

#define LAST_WORDS 2048 /* bytes of its last words that are kept */

/* In the child: nothing but calls that are safe after fork(2). */
static _Noreturn void
become(const struct child *c, int null, int errors, pid_t parent)
{
	union {
		const char *const *in;
		char *const *out;
	} argv = { .in = c->argv };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127); /* the parent was quicker to die */
	if (dup2(null, STDIN_FILENO) < 0 ||
	    dup2(c->out >= 0 ? c->out : null, STDOUT_FILENO) < 0 ||
	    dup2(errors, STDERR_FILENO) < 0 ||
	    (c->dir != NULL && chdir(c->dir) < 0))
		_exit(127);
	execvp(argv.out[0], argv.out);
	_exit(127);
}

int
child_start(struct child *c)
{
	pid_t parent = getpid();
	int null, ends[2];

	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0 || pipe2(ends, O_CLOEXEC) < 0) {
		msg(c->argv[0], "cannot be started: %s", strerror(errno));
		if (null >= 0)
			close(null);
		return -1;
	}
	setenv("LC_ALL", "C.UTF-8", 1);
	c->pid = fork();
	if (c->pid == 0)
		become(c, null, ends[1], parent);
	close(null);
	close(ends[1]);
	c->errors = ends[0];
	if (c->pid > 0)
		return 0;
	msg(c->argv[0], "cannot be started: %s", strerror(errno));
	close(ends[0]);
	return -1;
}

/* Reads all that the child says, of which the last N - 1 bytes stay in
 * LAST_WORDS. */
static void
read_tail(int fd, char *tail, size_t n)
{
	char block[LAST_WORDS];
	size_t have = 0, keep;
	ssize_t got;

	for (;;) {
		got = read(fd, block, sizeof(block) / 2);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		keep = n - 1 - (size_t)got;
		if (have > keep) {
			memmove(tail, tail + have - keep, keep);
			have = keep;
		}
		memcpy(tail + have, block, (size_t)got);
		have += (size_t)got;
	}
	tail[have] = '\0';
}

static int
reap(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -1;
	}
	return status;
}

/* The last three lines of what it said, blanks for their ends. */
static const char *
last_words(char *tail)
{
	size_t n = strlen(tail);
	char *p;
	int lines = 0;

	while (n > 0 && (tail[n - 1] == '\n' || tail[n - 1] == ' '))
		tail[--n] = '\0';
	for (p = tail + n; p > tail; p--) {
		if (p[-1] == '\n' && ++lines == 3)
			break;
	}
	for (n = 0; p[n] != '\0'; n++) {
		if (p[n] == '\n' || p[n] == '\r')
			p[n] = ' ';
	}
	return p;
}

int
child_wait(struct child *c, const char *subject, bool quiet)
{
	char tail[LAST_WORDS];
	int status;

	read_tail(c->errors, tail, sizeof(tail));
	close(c->errors);
	status = reap(c->pid);
	if (status == 0)
		return 0;
	if (quiet)
		return -1;
	if (status > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 127)
		msg(subject, "%s cannot be run; is it installed?", c->argv[0]);
	else if (status > 0 && WIFSIGNALED(status))
		msg(subject, "%s was ended by signal %d", c->argv[0],
		    WTERMSIG(status));
	else
		msg(subject, "%s failed: %s", c->argv[0], last_words(tail));
	return -1;
}

void
child_stop(struct child *c)
{
	kill(c->pid, SIGKILL);
	close(c->errors);
	reap(c->pid);
}
